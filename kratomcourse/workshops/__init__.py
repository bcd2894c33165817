"""Material for teaching a workshop: slides, an agenda, and a kit that needs no network."""
