"""The ground floor: clock, ids, ARNs, settings, errors and the one-shot result every floor above waits on."""
