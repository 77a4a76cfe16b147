"""What a teacher does: build the exercises, hand them out, collect, grade, send feedback, export."""
