import Notebook

let notebook = Notebook(chapter: "07-Transformers", trains: true)
