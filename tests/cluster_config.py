"""JupyterHub's settings for the cluster on one machine: the chart's, and then what only a test
needs.
"""

import json
import os
import pickle
import sys
from pathlib import Path

here = Path(__file__).resolve().parent
sys.path[:0] = [str(here.parent), str(here)]

from cluster import Machine, PodsHere, apply_chart

from kratomcourse.live.proxy_install import proxy_command

c = get_config()
folder = Path(os.environ["CLUSTER"])
words = json.loads((folder / "cluster.json").read_text())
os.environ.update(words["values"]["hub"]["extraEnv"])
apply_chart(c, words["values"])
PodsHere.machine = Machine(folder)
PodsHere.machine.images = pickle.loads((folder / "images").read_bytes())

c.JupyterHub.spawner_class = PodsHere
c.KubeSpawner.ip = "127.0.0.1"
c.JupyterHub.bind_url = words["address"]
c.JupyterHub.hub_bind_url = f"http://127.0.0.1:{words['ports'][0]}"
c.ConfigurableHTTPProxy.api_url = f"http://127.0.0.1:{words['ports'][1]}"
c.ConfigurableHTTPProxy.command = proxy_command()
c.JupyterHub.db_url = f"sqlite:///{folder}/hub.sqlite"
c.JupyterHub.cookie_secret_file = f"{folder}/cookie_secret"
