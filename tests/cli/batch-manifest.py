#!/usr/bin/python3
"""batch-manifest.py - whether a manifest is what the API's own description says a Job is: keys, kinds of values, and what
must be there, down to the last member.

batch-manifest.py MANIFEST.yaml

The description is that of the Kubernetes client's models (Debian: python3-kubernetes).  SPDX-License-Identifier:
GPL-3.0-or-later
"""
import re
import sys

try:
    import yaml
    from kubernetes.client import models
except ImportError:
    sys.exit(77)

PLAIN = {"str": str, "int": int, "bool": bool, "object": object}
# spec.podFailurePolicy is since 1.25, which older clients do not know: name -> type, as theirs have it.
LATER = {
    "V1JobSpec": {"podFailurePolicy": "V1PodFailurePolicy"},
    "V1PodFailurePolicy": {"rules": "list[V1PodFailurePolicyRule]"},
    "V1PodFailurePolicyRule": {
        "action": "str",
        "onExitCodes": "V1PodFailurePolicyOnExitCodesRequirement",
        "onPodConditions": "list[V1PodFailurePolicyOnPodConditionsPattern]",
    },
    "V1PodFailurePolicyOnExitCodesRequirement": {"containerName": "str", "operator": "str", "values": "list[int]"},
    "V1PodFailurePolicyOnPodConditionsPattern": {"type": "str", "status": "str"},
}


def members(kind):
    """Name -> type of all that kind may have."""
    known = dict(LATER.get(kind, {}))
    model = getattr(models, kind, None)
    if model is not None:
        known.update({model.attribute_map[name]: of for name, of in model.openapi_types.items()})
    return known


def check(value, kind, where):
    of_list = re.fullmatch(r"list\[(.*)\]", kind)
    of_dict = re.fullmatch(r"dict\(str, (.*)\)", kind)
    if of_list:
        assert isinstance(value, list), f"{where}: expected a list"
        for i, item in enumerate(value):
            check(item, of_list[1], f"{where}[{i}]")
    elif of_dict:
        assert isinstance(value, dict), f"{where}: expected an object"
        for key, item in value.items():
            check(item, of_dict[1], f"{where}.{key}")
    elif kind in PLAIN:
        right = isinstance(value, PLAIN[kind]) and (kind != "int" or not isinstance(value, bool))
        assert right, f"{where}: expected {kind}, found {value!r}"
    else:
        known = members(kind)
        assert isinstance(value, dict), f"{where}: expected an object"
        for key, item in value.items():
            assert key in known, f"{where}.{key}: {kind} has no such member"
            check(item, known[key], f"{where}.{key}")
        model = getattr(models, kind, None)
        if model is not None:  # refuses what lacks a member that must be there
            names = {json: name for name, json in model.attribute_map.items()}
            model(**{names[key]: item for key, item in value.items() if key in names})


def check_names(job):
    """What the API's description does not say: volumes that are mounted exist, and an indexed Job says how many."""
    pod = job["spec"]["template"]["spec"]
    volumes = {volume["name"] for volume in pod["volumes"]}
    for container in pod["containers"]:
        for mount in container["volumeMounts"]:
            assert mount["name"] in volumes, f"no volume is called {mount['name']}"
    assert pod["restartPolicy"] in ("Never", "OnFailure")
    assert job["spec"]["completionMode"] == "Indexed" and job["spec"]["completions"] >= 1
    command = " ".join(pod["containers"][0]["command"])
    assert f"/{job['spec']['completions']} " in command, "the shards are not as many as the pods"


def refuses(job, change):
    """Whether a changed manifest is found wrong: that this test can fail."""
    import copy

    job = copy.deepcopy(job)
    change(job)
    try:
        check(job, "V1Job", "Job")
        check_names(job)
    except (AssertionError, ValueError, KeyError):
        return True
    return False


with open(sys.argv[1], encoding="utf-8") as file:
    manifest = yaml.safe_load(file)
assert manifest["apiVersion"] == "batch/v1" and manifest["kind"] == "Job"
check(manifest, "V1Job", "Job")
check_names(manifest)
for wrong in (
    lambda job: job["spec"].update(completion=4),
    lambda job: job["spec"].update(completions="4"),
    lambda job: job["spec"].update(completions=5),
    lambda job: job["spec"]["template"]["spec"]["containers"][0].pop("name"),
    lambda job: job["spec"]["template"]["spec"]["volumes"].pop(),
    lambda job: job["spec"]["podFailurePolicy"]["rules"][0].update(onExitCode={}),
):
    assert refuses(manifest, wrong), "a wrong manifest passes"
