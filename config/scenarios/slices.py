"""The parts of the language beyond the plain verbs, one module for each subject: what it reads, does and shows.

A slice has ``VERBS`` (the arguments of its events), ``ACTS`` (what plays them) and ``PARTS`` (what it adds to the
state, only for stories that use its verbs or expect the part).
"""

from __future__ import annotations

from config.scenarios import cases, claims, insurance, knowing, life, mergers, settling, visits

SLICES = (cases, claims, insurance, knowing, life, mergers, settling, visits)
