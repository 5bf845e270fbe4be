"""Seals, proofs, and what verifiers find."""
