"""Finds a child and who is involved with a client that was generated from the document the service serves.

Run by scripts/generated_client.sh, which generates the client and starts a demo. Shows that the document says enough
for a program that knows nothing else, and that answers have the shape it promises.
"""

import json
import os

from child_index_client import AuthenticatedClient
from child_index_client.api.children import read_contacts, search_children
from child_index_client.models import (
    ContactsView,
    Problem,
    ReadContactsAccessReason,
    SearchBody,
    SearchChildrenAccessReason,
    SearchView,
)


def main() -> None:
    with open(os.environ["CHILD_INDEX_DEMO"], encoding="utf-8") as file:
        demo = json.load(file)
    client = AuthenticatedClient(base_url=demo["url"], token=demo["tokens"]["practitioner"])
    example = next(each for each in demo["examples"] if each["kind"] == "lead-professional")

    found = search_children.sync_detailed(
        client=client,
        body=SearchBody.from_dict(example["search"]),
        access_reason=SearchChildrenAccessReason.SAFEGUARDING,
    )
    assert found.status_code == 200, found.content
    assert isinstance(found.parsed, SearchView), found.parsed
    assert found.parsed.outcome.value == "found"
    children = [result.child_id for result in found.parsed.results]
    assert example["child"] in children, children
    assert "audit-receipt" in found.headers

    result = next(result for result in found.parsed.results if result.child_id == example["child"])
    contacts = read_contacts.sync_detailed(
        client=client, child_id=result.handle, access_reason=ReadContactsAccessReason.SAFEGUARDING
    )
    assert contacts.status_code == 200, contacts.content
    assert isinstance(contacts.parsed, ContactsView), contacts.parsed
    assert contacts.parsed.child.child_id == example["child"]
    assert contacts.parsed.lead_professional, "the example has a lead professional"
    assert contacts.parsed.involvements[0].routes[0].open_now in (True, False)
    assert isinstance(contacts.parsed.assessments, list)

    refused = search_children.sync_detailed(
        client=client,
        body=SearchBody(family_name="Okafor"),
        access_reason=SearchChildrenAccessReason.SAFEGUARDING,
    )
    assert refused.status_code == 422, refused.content
    assert isinstance(refused.parsed, Problem), refused.parsed
    print("a generated client found a child, its contacts and a problem document")


if __name__ == "__main__":
    main()
