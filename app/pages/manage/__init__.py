"""The pages of trainers and coordinators."""
