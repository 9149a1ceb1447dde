"""Prints what exists in a demo, for requests that get past "not found": a child, the number of one of its involvements,
the organisation of that involvement and an account. Reads CHILD_INDEX_DEMO, as scripts/with_demo.sh sets it."""

import json
import os
import urllib.request

with open(os.environ["CHILD_INDEX_DEMO"], encoding="utf-8") as file:
    DEMO = json.load(file)


def get(path, role):
    headers = {"Authorization": f"Bearer {DEMO['tokens'][role]}", "Access-Reason": "record-management"}
    with urllib.request.urlopen(urllib.request.Request(DEMO["url"] + path, headers=headers)) as answer:
        return json.load(answer)


child = next(example["child"] for example in DEMO["examples"] if example["kind"] == "ordinary")
involvement = get(f"/v1/children/{child}/contacts", "manager")["involvements"][0]
account = get("/v1/accounts?role=practitioner&limit=1", "administrator")["accounts"][0]
print(child, involvement["number"], involvement["organisation"]["id"], account["id"])
