"""Click logs for recommendation models: made ones, whose best possible AUC is known, and Criteo's.

DLRM's three kinds of input (Naumov et al., 1906.00091): random, a synthetic trace with locality,
and Criteo's click logs.
"""
