"""What if: a plan, changes to it, and the paired difference that they make."""
