import Backprop
import KernelSupport
import Testing

@Suite struct TensorTests {
  let tensor = Tensor([1, 2, 3, 4, 5, 6, 7, 8], shape: [2, 2, 2])

  @Test func `rows are counted over all dimensions but the last`() {
    #expect(tensor.count == 8 && tensor.rows == 4 && tensor.columns == 2)
    #expect(tensor.row(2) == [5, 6])
  }

  @Test func `a number has no dimension`() {
    let number = Tensor(3)
    #expect(number.shape == [] && number.elements == [3] && number.number == 3)
    #expect(number.rows == 1 && number.columns == 1)
    #expect(Tensor([3], shape: [1, 1]).number == 3)
  }

  @Test func `a tensor may be empty`() {
    let empty = Tensor(shape: [3, 0])
    #expect(empty.count == 0 && empty.rows == 3 && empty.row(1).isEmpty)
    #expect(Tensor(shape: [0, 3]).largestColumns().isEmpty)
  }

  @Test func `another shape keeps the order of elements`() {
    let wide = tensor.reshaped([1, 8])
    #expect(wide.shape == [1, 8] && wide.elements == tensor.elements)
    #expect(wide != tensor)
  }

  @Test func `the largest column is the first of equals`() {
    let tensor = Tensor([1, 3, 3, 2, 2, 1, -5, -4, -3], shape: [3, 3])
    #expect(tensor.largestColumns() == [1, 0, 2])
  }

  @Test func `a copy does not see a change`() {
    var changed = tensor
    changed.update { $0[0] = 100 }
    #expect(tensor.elements[0] == 1 && changed.elements[0] == 100)
  }
}
