"""The parts of the encoder: from the frames of a data set to arrays by node, day and line."""
