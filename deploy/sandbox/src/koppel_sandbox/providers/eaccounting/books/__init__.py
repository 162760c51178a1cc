"""What a company's books hold: each object a pure function of the seed, the company and its index."""
