"""Mobile push: payloads as each platform wants them, and clients of Firebase Cloud Messaging and Apple's push
service."""
