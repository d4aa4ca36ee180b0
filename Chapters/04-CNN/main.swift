import CNN
import Notebook

let notebook = Notebook(chapter: "04-CNN", trains: true)

cell("sizes")
let digits = ImageShape(batch: 1, height: 28, width: 28, channels: 1)
table(
  columns: ["padding", "stride", "output"],
  rows: [(Padding.valid, 1 as Extent), (.same, 1), (.same, 2), (.valid, 2)].map {
    (padding: Padding, stride: Extent) in
    let window = Window(3, stride: stride, padding: padding)
    let geometry = WindowGeometry(digits, window, operation: "sizes")
    return ["\(padding)", "\(stride)", "\(geometry.outputHeight)×\(geometry.outputWidth)"]
  })
