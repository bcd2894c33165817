"""What hosts, search engines and readers without a connection need of the site."""
