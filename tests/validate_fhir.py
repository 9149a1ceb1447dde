"""Looks children up in a running demo, exports the audit log as FHIR and validates it by models that are not ours:
validate_fhir.py, with CHILD_INDEX_DEMO naming the demo's demo.json."""

import base64
import json
import os
import sys
import urllib.request

# R4B is R4 for AuditEvent and Bundle; the package's newest models are R5 unless these are asked for.
from fhir.resources.R4B.auditevent import AuditEvent
from fhir.resources.R4B.bundle import Bundle

PROFILES = "https://profiles.ihe.net/ITI/BALP/StructureDefinition/IHE.BasicAudit."


def main():
    with open(os.environ["CHILD_INDEX_DEMO"], encoding="utf-8") as file:
        demo = json.load(file)

    def ask(role, path, reason, body=None, accept="application/json"):
        headers = {"Authorization": "Bearer " + demo["tokens"][role], "Access-Reason": reason, "Accept": accept}
        data = None
        if body is not None:
            headers["Content-Type"] = "application/json"
            data = json.dumps(body).encode()
        with urllib.request.urlopen(urllib.request.Request(demo["url"] + path, data, headers)) as answer:
            return answer.headers.get_content_type(), answer.read().decode()

    examples = {example["kind"]: example for example in demo["examples"]}
    search = examples["ordinary"]["search"]
    child = json.loads(ask("practitioner", "/v1/children/search", "early-help", search)[1])["results"][0]["child_id"]
    ask("practitioner", f"/v1/children/{child}", "early-help")
    ask("practitioner", f"/v1/children/{child}/contacts", "early-help")
    ask("practitioner", "/v1/children/search", "early-help", examples["shielded"]["search"])

    kind, text = ask("auditor", "/v1/audit/events/search", "audit", {}, "application/fhir+json")
    assert kind == "application/fhir+json", kind
    document = json.loads(text)
    bundle = Bundle.model_validate(document)
    events = [entry.resource for entry in bundle.entry]
    assert all(isinstance(event, AuditEvent) for event in events)
    assert bundle.type == "collection" and len(events) >= 4, len(events)

    profiles = {}
    for entry in document["entry"]:
        event = entry["resource"]
        for profile in event.get("meta", {}).get("profile", []):
            assert profile.startswith(PROFILES), profile
            profiles.setdefault(profile.removeprefix(PROFILES), []).append(event)
        patients = [entity for entity in event.get("entity", []) if entity.get("role", {}).get("code") == "1"]
        assert len(patients) <= 1, "one patient an event"
    for wanted in ("PatientRead", "PatientQuery"):
        assert profiles.get(wanted), f"no {wanted} in {sorted(profiles)}"
    # What the profiles ask for beyond the resource itself.
    for event in profiles["PatientQuery"]:
        query, = [entity["query"] for entity in event["entity"] if entity.get("role", {}).get("code") == "24"]
        assert json.loads(base64.b64decode(query)), "the query is kept"
    for event in profiles["PatientRead"] + profiles["PatientQuery"]:
        roles = [coding["code"] for agent in event["agent"] for coding in agent["type"]["coding"]]
        assert roles[:2] == ["110153", "110152"] and "IRCP" in roles, roles
    print(f"{len(events)} AuditEvents are valid R4, of these by profile:",
          {name: len(events) for name, events in sorted(profiles.items())})


if __name__ == "__main__":
    sys.exit(main())
