"""Annotation manifests in, one `AnnotationSet` out."""
