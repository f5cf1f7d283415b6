"""What Lambda keeps, by type of resource. Only names may live here: it is imported when the server starts.

Owners are "account/region". A function is (FUNCTION, owner, name) with what is common to its versions (policies, tags,
concurrency, URLs, event-invoke configurations); $LATEST and its published versions are (FUNCTION_VERSION, owner,
"name:version"), its aliases (ALIAS, owner, "name:alias"). Packages are blobs, named in the versions' documents. Layers
are (LAYER, owner, name) with (LAYER_VERSION, owner, "name:number"). Mappings are (MAPPING, owner, UUID).
"""

from __future__ import annotations

from typing import Final

FUNCTION: Final = "lambda:function"
FUNCTION_VERSION: Final = "lambda:version"
ALIAS: Final = "lambda:alias"
LAYER: Final = "lambda:layer"
LAYER_VERSION: Final = "lambda:layer-version"
MAPPING: Final = "lambda:mapping"
LATEST: Final = "$LATEST"
