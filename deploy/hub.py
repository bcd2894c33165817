"""Part of the hub's settings on Kubernetes: which image somebody's pod runs, and what of the shared volume it sees.

As in a room on one machine, a person's pod sees its own post-box alone: it can hand in under its own name only, and
reads its own feedback only. deploy/post.yaml moves the post. `c` is the hub's configuration.
"""

import os

COURSE = "kratom-and-harm-reduction"
VOLUME = {"name": "room", "persistentVolumeClaim": {"claimName": os.environ.get("ROOM_VOLUME", "kratom-room")}}


def mounts_of_person():
    exchange, box = f"/exchange/{COURSE}", "post/{unescaped_username}"
    return [
        {"name": "room", "mountPath": f"{exchange}/outbound", "subPath": f"exchange/{COURSE}/outbound", "readOnly": True},
        {"name": "room", "mountPath": f"{exchange}/inbound", "subPath": f"{box}/inbound"},
        {"name": "room", "mountPath": f"{exchange}/feedback", "subPath": f"{box}/feedback", "readOnly": True},
    ]


def box_maker(image, home):
    """Makes a person's post-box before the main container starts, and copies chapters that are not there yet."""
    make = "mkdir -p /room/post/$0/inbound /room/post/$0/feedback && chmod 700 /room/post/$0/inbound && cp -n /chapters/*.ipynb /home/jovyan/"
    return {
        "name": "box",
        "image": image,
        "command": ["sh", "-c", make, "{unescaped_username}"],
        "volumeMounts": [{"name": "room", "mountPath": "/room"}, home],
        "securityContext": {"runAsUser": 1000, "runAsGroup": 100, "allowPrivilegeEscalation": False},
    }


async def by_role(spawner):
    """The leader's pod holds the keys and the gradebook; everybody else's holds neither."""
    mounts = [mount for mount in spawner.volume_mounts if mount["name"] != "room"]
    spawner.volumes = [volume for volume in spawner.volumes if volume["name"] != "room"] + [VOLUME]
    if spawner.user.admin:
        spawner.image = os.environ["LEADER_IMAGE"]
        spawner.volume_mounts = [*mounts, {"name": "room", "mountPath": "/room"}]
        spawner.init_containers = []
    else:
        spawner.image = os.environ["PERSON_IMAGE"]
        spawner.volume_mounts = mounts + mounts_of_person()
        home = next(mount for mount in mounts if mount["mountPath"] == "/home/jovyan")
        spawner.init_containers = [box_maker(spawner.image, home)]


c.KubeSpawner.pre_spawn_hook = by_role  # noqa: F821
c.KubeSpawner.default_url = "/lab"  # noqa: F821
