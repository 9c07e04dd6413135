"""The gateway told to its clients: OpenAPI and AsyncAPI made of the route table and the contracts, and their pages.

schemas        JSON Schemas of contracts, and of what events carry
openapi        every route as an operation
asyncapi       every published fact as a message
documents      both as bytes, with their ETags
compatibility  whether who was built for one schema is served by another
published      the same of whole documents, and what was published
pages          the same as HTML that needs nothing from anywhere
"""
