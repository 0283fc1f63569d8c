"""An attestation as CycloneDX 1.6 ``declarations``.

Source: CycloneDX 1.6, "declarations" (ECMA-424). The signature stays in the bundle: the export names
its digest, so that the two can be compared.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from gardefou.orders._attest import Bundle, Evidence
from gardefou.orders._instruments import Attestation, Order, digest_of


def declarations(bundle: Bundle, order: Order) -> dict[str, Any]:
    """The CycloneDX document of an attestation about an order."""
    attestation = msgspec.convert(bundle.instrument, Attestation)
    evidence = msgspec.convert(bundle.evidence, Evidence)
    requirements = [
        {
            "bom-ref": f"requirement-{order.id}-{basis.id}",
            "identifier": basis.id,
            "title": basis.citation,
        }
        for basis in order.bases
    ]
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": attestation.version,
        "definitions": {
            "standards": [
                {
                    "bom-ref": f"standard-{order.id}",
                    "name": order.title,
                    "version": str(order.version),
                    "owner": order.authority.issuer,
                    "requirements": requirements,
                }
            ]
        },
        "declarations": {
            "assessors": [{"bom-ref": "assessor", "thirdParty": False}],
            "attestations": [
                {
                    "summary": attestation.wording,
                    "assessor": "assessor",
                    "map": [
                        {
                            "requirement": requirement["bom-ref"],
                            "claims": ["claim"],
                            "conformance": {
                                "score": 0 if evidence.residual_uses else 1,
                                "rationale": _rationale(evidence),
                            },
                        }
                        for requirement in requirements
                    ],
                }
            ],
            "claims": [
                {
                    "bom-ref": "claim",
                    "target": "target",
                    "predicate": f"{attestation.statement}, {evidence.since} to {evidence.until}",
                    "evidence": ["evidence-ledger"],
                    "counterEvidence": [
                        f"use-{n + 1}" for n, _ in enumerate(evidence.residual_uses)
                    ],
                    "reasoning": _rationale(evidence),
                }
            ],
            "evidence": list(_evidence(attestation, evidence)),
            "targets": {"services": [{"bom-ref": "target", "name": evidence.log}]},
            "affirmation": {
                "statement": attestation.wording,
                "signatories": [
                    {
                        "name": attestation.signatory,
                        "role": attestation.title,
                        "organization": {"name": evidence.log},
                        "externalReference": {
                            "type": "attestation",
                            "url": f"urn:gardefou:attestation:{attestation.id}",
                            "hashes": [
                                {
                                    "alg": "SHA-256",
                                    "content": digest_of(attestation).removeprefix("sha256:"),
                                }
                            ],
                        },
                    }
                ],
            },
        },
    }


def _evidence(attestation: Attestation, evidence: Evidence) -> Iterator[dict[str, Any]]:
    yield {
        "bom-ref": "evidence-ledger",
        "propertyName": "gardefou:ledger",
        "description": f"{evidence.decisions} decisions of the log {evidence.log}, in a tree of"
        f" {evidence.entries} entries with the root {evidence.root}",
        "data": [
            {
                "name": "evidence",
                "contents": {"url": f"urn:gardefou:evidence:{attestation.evidence}"},
            }
        ],
    }
    for number, use in enumerate(evidence.residual_uses, 1):
        yield {
            "bom-ref": f"use-{number}",
            "propertyName": "gardefou:residual-use",
            "description": f"{use.calls} calls of {use.application or use.tenant} to"
            f" {use.model or 'a model that is not named'}, last on {use.last_day}",
        }


def _rationale(evidence: Evidence) -> str:
    waived = f", {len(evidence.waivers)} waivers" if evidence.waivers else ""
    uncovered = "; ".join(evidence.not_covered)
    return f"{evidence.calls} calls went ahead, {evidence.stopped} were stopped{waived}. Not covered: {uncovered}."
