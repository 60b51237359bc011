// SPDX-License-Identifier: MIT
// Which lines make one dump: by the printk caller where the log shows it, else by the order that the hypervisors print
// in. Two dumps whose lines alternate are told apart by that order too, and said to be doubtful.
#include <algorithm>
#include <array>
#include <map>

#include "import/state_block.hpp"

namespace vmxsim::import {
namespace {

// Kinds of lines that a dump has once: rows of kBlockKeys, then the headings.
constexpr size_t kHeadings = 256;
constexpr size_t kKinds = kHeadings + 4;

size_t kind_of(const BlockLine& line) {
    return line.kind == BlockLineKind::keys ? static_cast<size_t>(std::max(line.row, 0))
                                            : kHeadings + static_cast<size_t>(line.kind);
}

size_t first_row(BlockSection section) {
    size_t row = 0;
    while (row < kBlockKeyCount && kBlockKeys[row].section != section) ++row;
    return row;
}

// One dump that is still being collected.
class OpenBlock {
public:
    Block block;
    size_t fed = 0;  // when it got its last line

    bool has_keys() const { return keys_ != 0; }
    bool has(BlockLineKind heading) const { return seen_[kHeadings + static_cast<size_t>(heading)] != 0; }
    bool lacks(const BlockLine& line) const { return seen_[kind_of(line)] < (line.two_places ? 2 : 1); }
    // dump_vmcs ends with the control state: after "reason=" little is missing.
    bool is_complete() const { return complete_; }

    // How far the line is from the place where this dump stands: small when it is the next one.
    int distance(const BlockLine& line) const {
        const int there = rank(line);
        return there > last_rank_ ? there - last_rank_ : 1000 + last_rank_ - there;
    }

    void add(const BlockLine& line, size_t now) {
        if (line.kind != BlockLineKind::remark) {
            last_rank_ = rank(line);
            ++seen_[kind_of(line)];
            keys_ += line.kind == BlockLineKind::keys;
            if (line.kind == BlockLineKind::keys && (kBlockKeys[line.row].key == "reason" || kBlockKeys[line.row].key == "info"))
                complete_ = true;
        }
        block.lines.push_back(&line);
        fed = now;
    }

private:
    int rank(const BlockLine& line) const {
        static const int kHost = static_cast<int>(first_row(BlockSection::host));
        static const int kControl = static_cast<int>(first_row(BlockSection::control));
        switch (line.kind) {
            case BlockLineKind::begin: return 0;
            case BlockLineKind::guest_heading: return 1;
            case BlockLineKind::host_heading: return 2 * kHost + 1;
            case BlockLineKind::control_heading: return 2 * kControl + 1;
            default: break;
        }
        int row = std::max(line.row, 0);
        if (line.two_places && (has(BlockLineKind::host_heading) || seen_[kind_of(line)] != 0))
            for (int other = kHost; other < kControl; ++other)
                if (kBlockKeys[other].key == kBlockKeys[row].key) row = other;
        return 2 * row + 2;
    }

    std::array<u8, kKinds> seen_{};
    size_t keys_ = 0;
    int last_rank_ = -1;
    bool complete_ = false;
};

class Splitter {
public:
    explicit Splitter(std::vector<const BlockLine*> lines) : lines_(std::move(lines)) {}

    std::vector<Block> run() {
        for (size_t i = 0; i < lines_.size(); ++i) {
            const BlockLine& line = *lines_[i];
            if (i < interleaved_until_) {
                give_to_the_nearest(line, i);
                continue;
            }
            if (open_.size() > 1) close_all();
            if (open_.empty()) open_.emplace_back();
            if (begins_another(line)) {
                const size_t end = open_.front().is_complete() ? 0 : interleaved_end(i);
                if (end != 0) {
                    interleaved_until_ = end;
                    open_.front().block.doubtful = true;
                } else {
                    close_all();
                }
                open_.emplace_back().block.doubtful = end != 0;
                open_.back().add(line, i);
                continue;
            }
            if (i > 0 && line.kind == BlockLineKind::keys && line.text == lines_[i - 1]->text) continue;  // logged twice
            open_.back().add(line, i);
        }
        close_all();
        return std::move(blocks_);
    }

private:
    bool begins_another(const BlockLine& line) const {
        const OpenBlock& open = open_.back();
        switch (line.kind) {
            case BlockLineKind::begin:  // Xen prints several such lines before a block
                return open.has_keys() || open.has(BlockLineKind::guest_heading) ||
                       (is_kvm_begin(line.text) && open.has(BlockLineKind::begin));
            case BlockLineKind::guest_heading: return open.has_keys() || open.has(BlockLineKind::guest_heading);
            case BlockLineKind::host_heading:
                return open.has(BlockLineKind::host_heading) || open.has(BlockLineKind::control_heading);
            case BlockLineKind::control_heading: return open.has(BlockLineKind::control_heading);
            case BlockLineKind::keys: return !open.lacks(line) && line.text != open.block.lines.back()->text;
            case BlockLineKind::remark: break;
        }
        return false;
    }

    // A dump begins at line i although the open one is not complete: when the lines up to the next beginning show
    // something twice, both go on there. The end of that stretch, or 0.
    size_t interleaved_end(size_t i) const {
        std::map<size_t, int> seen;
        int twice = 0;
        bool keys = false;
        size_t end = i;
        for (; end < lines_.size(); ++end) {
            const BlockLine& line = *lines_[end];
            if (line.kind == BlockLineKind::remark) continue;
            const bool beginning = line.kind == BlockLineKind::begin || line.kind == BlockLineKind::guest_heading;
            if (beginning && keys) break;
            constexpr size_t kMostHeadings = 16;
            if (!keys && end - i > kMostHeadings) return 0;
            keys = keys || line.kind == BlockLineKind::keys;
            if (!beginning && ++seen[kind_of(line)] == (line.two_places ? 3 : 2)) ++twice;
        }
        return twice >= 2 ? end : 0;
    }

    void give_to_the_nearest(const BlockLine& line, size_t now) {
        OpenBlock* best = nullptr;
        for (OpenBlock& open : open_) {
            if (line.kind != BlockLineKind::remark && !open.lacks(line)) continue;
            if (best == nullptr || open.distance(line) < best->distance(line) ||
                (open.distance(line) == best->distance(line) && open.fed < best->fed))
                best = &open;
        }
        constexpr size_t kMostOpen = 8;
        if (best == nullptr && open_.size() < kMostOpen) {
            best = &open_.emplace_back();
            best->block.doubtful = true;
        }
        if (best != nullptr) best->add(line, now);
    }

    void close_all() {
        for (OpenBlock& open : open_)
            if (!open.block.lines.empty()) blocks_.push_back(std::move(open.block));
        open_.clear();
    }

    std::vector<const BlockLine*> lines_;
    std::vector<OpenBlock> open_;
    size_t interleaved_until_ = 0;
    std::vector<Block> blocks_;
};

// Marks blocks of different callers whose lines lie between each other's.
void mark_interleaved(std::vector<Block>& blocks) {
    std::sort(blocks.begin(), blocks.end(), [](const Block& a, const Block& b) { return a.lines.front() < b.lines.front(); });
    Block* longest = nullptr;  // the one that ends last so far
    for (Block& block : blocks) {
        if (longest != nullptr && block.lines.front() < longest->lines.back()) {
            const bool callers = block.lines.front()->source != longest->lines.front()->source;
            block.interleaved = longest->interleaved = callers;
        }
        if (longest == nullptr || longest->lines.back() < block.lines.back()) longest = &block;
    }
}

}  // namespace

std::vector<Block> split_blocks(const std::vector<BlockLine>& lines) {
    std::map<u32, std::vector<const BlockLine*>> by_source;
    for (const BlockLine& line : lines) by_source[line.source].push_back(&line);
    std::vector<Block> blocks;
    for (auto& [source, own] : by_source)
        for (Block& block : Splitter(std::move(own)).run()) blocks.push_back(std::move(block));
    mark_interleaved(blocks);
    return blocks;
}

}  // namespace vmxsim::import
