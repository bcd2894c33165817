"""The workshop's JupyterHub: users, sandboxes, nbgrader's exchange and the leader's dashboard."""
