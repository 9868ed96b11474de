"""Recommendation models after DLRM: embedding tables, pooled lookups, two MLPs."""
