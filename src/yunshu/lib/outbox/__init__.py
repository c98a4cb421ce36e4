"""The outbox: facts written in the caller's transaction, relayed to JetStream, handled once."""
