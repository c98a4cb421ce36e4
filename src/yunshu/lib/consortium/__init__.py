"""A consortium log: several organisations agree on one history, and anyone can prove what stood in it.

What it promises: *crash-tolerant ordering* (a replicated stream), *Byzantine-safe finality* (k = 2f+1 of n = 3f+1
members cosign one tree head) and *detectable misbehaviour* (whoever signs two histories leaves evidence that convicts
it). It knows no city business. Start with ``machine`` (what every member computes alike from the ordered stream),
then ``finality`` (when that is final), ``epochs`` (what happens when the stream is lost) and ``peer`` (one member).
"""
