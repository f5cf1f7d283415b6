"""The one transactional store in four shapes: resources, queues, logs and blobs."""
