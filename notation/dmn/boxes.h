#pragma once

#include <string>
#include <utility>
#include <vector>

#include "notation/dmn/code.h"

/// The boxed expressions but decision tables (10.2.1), private to this folder.
namespace ameide::dmn {

/// FEEL text.
class LiteralBox final : public Box {
 public:
  Text text;
  feel::Type type() const override;

 protected:
  feel::Value Compute(Run& run, Frame frame) const override;
};

/// Something that cannot run here: a function in Java, an expression in another language.
class RefusedBox final : public Box {
 public:
  std::string why;

 protected:
  feel::Value Compute(Run& run, Frame frame) const override;
};

/// Entries in order, each visible to those behind it; the value is that of the entry without a name, else
/// all.
class ContextBox final : public Box {
 public:
  struct Entry {
    std::string name;
    std::shared_ptr<const ItemType> declared;
    uint32_t slot = 0;
    BoxPointer value;
  };
  std::vector<Entry> entries;
  BoxPointer result;  ///< nullptr when there is none
  feel::Type type() const override;

 protected:
  feel::Value Compute(Run& run, Frame frame) const override;
};

/// A list of expressions.
class ListBox final : public Box {
 public:
  std::vector<BoxPointer> items;
  feel::Type type() const override;

 protected:
  feel::Value Compute(Run& run, Frame frame) const override;
};

/// Rows of expressions below named columns: a list of contexts.
class RelationBox final : public Box {
 public:
  std::vector<std::pair<std::string, std::shared_ptr<const ItemType>>> columns;
  std::vector<std::vector<BoxPointer>> rows;
  feel::Type type() const override;

 protected:
  feel::Value Compute(Run& run, Frame frame) const override;
};

/// A function called with arguments by name.
class InvocationBox final : public Box {
 public:
  struct Argument {
    std::string name;
    std::shared_ptr<const ItemType> declared;
    BoxPointer value;
  };
  BoxPointer function;
  feel::Type result;  ///< of the function, as far as is known
  std::vector<Argument> arguments;
  feel::Type type() const override;

 protected:
  feel::Value Compute(Run& run, Frame frame) const override;
};

/// A function that captures what is in scope where it stands.
class FunctionBox final : public Box {
 public:
  std::vector<feel::Function::Parameter> parameters;
  std::vector<std::shared_ptr<const ItemType>> parameter_types;
  std::vector<uint32_t> slots;  ///< of the parameters
  uint32_t frame_size = 0;
  std::shared_ptr<const Box> body;
  std::weak_ptr<const Model::Code> code;
  feel::Type type() const override;

 protected:
  feel::Value Compute(Run& run, Frame frame) const override;
};

/// if, then, else.
class ConditionalBox final : public Box {
 public:
  BoxPointer condition, then, otherwise;
  feel::Type type() const override;

 protected:
  feel::Value Compute(Run& run, Frame frame) const override;
};

/// filter, for, some and every: a FEEL text over the values of boxes. A part that is no literal expression is
/// put into a slot: the collection as its value, what runs for each item as a function.
class IterationBox final : public Box {
 public:
  /// The whole, as FEEL.
  Text text;
  BoxPointer collection;                            ///< nullptr when its text is part of `text`
  std::shared_ptr<const ItemType> collection_type;  ///< the typeRef of `in`
  uint32_t collection_slot = 0;
  std::unique_ptr<const FunctionBox> each;  ///< likewise
  uint32_t each_slot = 0;
  feel::Type type() const override;

 protected:
  feel::Value Compute(Run& run, Frame frame) const override;
};

}  // namespace ameide::dmn
