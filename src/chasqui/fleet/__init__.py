"""`chasqui workers`: ordinary processes that consume a queue, as many as its backlog asks for.

It speaks to the server by its public API, as any client does, and imports `base` only: any SQS will do.
"""
