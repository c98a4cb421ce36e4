"""Pure decisions of operations: flows, clocks, penalties."""
