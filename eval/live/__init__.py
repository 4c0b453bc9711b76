"""Comparing in live traffic: who sees which variant, two rankings in one list, and how many are needed to tell.

::

    variant = assign(user, {"interleaved": 10, "as before": 90}, salt="fusion-7")
    shown = team_draft(kb.search(query), kb.search(query, fusion="min-max"), k=10, user=user, query=query, salt="fusion-7")
    ...                                                      # show shown.items; log what is clicked of shown.keys
    found = preference(credit(shown, clicked, user=user) for shown, clicked, user in logged)
"""
