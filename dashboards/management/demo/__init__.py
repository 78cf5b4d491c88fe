"""The story of the try-out organisation, told through the product's own operations."""
