"""Part of the hub's settings on Kubernetes: a pod's image, and what of the shared volume it sees.

As in a room on one machine, a person's pod sees its own part of the exchange only: it can submit
under its own name only, and reads its own feedback only. deploy/exchange.yaml relays submissions.
`c` is the hub's configuration.
"""

import json
import os
import re

# The id in quizzes/course.yml, which the image of the hub does not have.
COURSE = os.environ.get("COURSE_ID", "kratom-and-harm-reduction")
VOLUME = {
    "name": "room",
    "persistentVolumeClaim": {"claimName": os.environ.get("ROOM_VOLUME", "kratom-room")},
}
# Of a container, not of its pod: the chart's container that shuts the cloud's metadata needs more.
LEADER_RIGHTS = {"runAsNonRoot": True, "capabilities": {"drop": ["ALL"]}}
# The leader's has no profile, because most refuse the namespaces of the sandbox that grading uses.
PERSON_RIGHTS = {**LEADER_RIGHTS, "seccompProfile": {"type": "RuntimeDefault"}}


# What the LMS says of where grades go, in a launch (LTI Assignment and Grade Services 2.0).
GRADE_SERVICE = "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"
LMS_USER = re.compile(r"[\w.:@/+=-]{1,255}")  # nothing that a pod's manifest gives a meaning


def keep_launch(spawner, claims):
    """Keep what grades need of the launch that a person came by.

    The leader's pod learns where the course's grade columns are; each person's own number in the
    LMS goes into a file that only the leader's pod can read.
    """
    claims = claims or {}
    user = str(claims.get("sub") or "")
    spawner.lms_user = user if LMS_USER.fullmatch(user) else ""
    columns = (claims.get(GRADE_SERVICE) or {}).get("lineitems")
    if spawner.user.admin and columns:
        tool = claims.get("aud")
        launch = {
            "issuer": claims.get("iss"),
            "client_id": tool[0] if isinstance(tool, list) else tool,
            "lineitems": columns,
            "people": "/room/post",
        }
        # KubeSpawner takes braces for names of its own.
        words = json.dumps(launch).replace("{", "{{").replace("}", "}}")
        spawner.environment = {**spawner.environment, "COURSE_LTI_LAUNCH": words}


def mounts_of_person():
    exchange, folders = f"/exchange/{COURSE}", "post/{unescaped_username}"
    return [
        {
            "name": "room",
            "mountPath": f"{exchange}/outbound",
            "subPath": f"exchange/{COURSE}/outbound",
            "readOnly": True,
        },
        {"name": "room", "mountPath": f"{exchange}/inbound", "subPath": f"{folders}/inbound"},
        {
            "name": "room",
            "mountPath": f"{exchange}/feedback",
            "subPath": f"{folders}/feedback",
            "readOnly": True,
        },
    ]


def course_maker(image, home):
    """Copy the quizzes and nbgrader's settings for this room to the leader's home, once."""
    make = (
        "cd /home/jovyan && if [ ! -e course ]; then rm -rf .course.new"
        " && cp -r /srv/course/quizzes .course.new"
        " && cp /etc/room/nbgrader_config.py .course.new/ && mv .course.new course; fi"
        " && cp -n /chapters/*.ipynb ."
    )
    return first_container("course", image, ["sh", "-c", make], [home])


def exchange_folder_maker(image, home, lms_user):
    """Create a person's folders in the exchange, and copy chapters they do not have yet."""
    make = (
        'mkdir -p "/room/post/$0/inbound" "/room/post/$0/feedback"'
        ' && chmod 700 "/room/post/$0/inbound"'
        ' && printf %s "$LMS_USER" > "/room/post/$0/lms-user"'
        " && cp -n /chapters/*.ipynb /home/jovyan/"
    )
    made = first_container(
        "exchange-folders",
        image,
        ["sh", "-c", make, "{unescaped_username}"],
        [{"name": "room", "mountPath": "/room"}, home],
    )
    return {**made, "env": [{"name": "LMS_USER", "value": lms_user}]}


def first_container(name, image, command, mounts):
    return {
        "name": name,
        "image": image,
        "command": command,
        "volumeMounts": mounts,
        "securityContext": {
            "runAsUser": 1000,
            "runAsGroup": 100,
            "allowPrivilegeEscalation": False,
            **PERSON_RIGHTS,
        },
    }


def listed(things):
    """Return a list: KubeSpawner takes lists or dictionaries, and the chart gives either."""
    return [things[name] for name in sorted(things)] if isinstance(things, dict) else list(things)


def name_of(container):
    return container["name"] if isinstance(container, dict) else container.name


async def by_role(spawner):
    """The leader's pod holds the keys and the gradebook; everybody else's holds neither."""
    if spawner.user.name in (".", "..") or "/" in spawner.user.name:
        raise ValueError(
            f"'{spawner.user.name}' cannot be the name of a folder in the exchange. "
            "Fix: another username_key in values.yaml"
        )
    mounts = [mount for mount in listed(spawner.volume_mounts) if mount["name"] != "room"]
    spawner.volumes = [volume for volume in listed(spawner.volumes) if volume["name"] != "room"] + [
        VOLUME
    ]
    # The chart's own ones stay: one of them shuts the way to the cloud's metadata.
    first = [
        container
        for container in listed(spawner.init_containers)
        if name_of(container) not in ("exchange-folders", "course")
    ]
    home = next(mount for mount in mounts if mount["mountPath"] == "/home/jovyan")
    if spawner.user.admin:
        spawner.image = os.environ["LEADER_IMAGE"]
        spawner.volume_mounts = [*mounts, {"name": "room", "mountPath": "/room"}]
        spawner.init_containers = [*first, course_maker(spawner.image, home)]
        spawner.container_security_context = LEADER_RIGHTS
    else:
        spawner.image = os.environ["PERSON_IMAGE"]
        spawner.volume_mounts = mounts + mounts_of_person()
        spawner.init_containers = [
            *first,
            exchange_folder_maker(spawner.image, home, getattr(spawner, "lms_user", "")),
        ]
        spawner.container_security_context = PERSON_RIGHTS


c.KubeSpawner.auth_state_hook = keep_launch
c.KubeSpawner.pre_spawn_hook = by_role
c.KubeSpawner.default_url = "/lab"
