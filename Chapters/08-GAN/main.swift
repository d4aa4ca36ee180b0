import GAN
import Notebook

let notebook = Notebook(chapter: "08-GAN", trains: true)
