"""What a file means: names, types, flow and the lives of awaitables."""
