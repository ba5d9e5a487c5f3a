// SPDX-License-Identifier: Apache-2.0
package org.platter.filesystems.type;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.zip.CRC32C;
import org.platter.filesystems.layout.Region;
import org.platter.space.SpaceCursor;
import org.platter.space.SpaceRange;

/** XFS, versions 4 and 5. Big-endian. Source: docs/formats/filesystems.md, section 7. */
final class Xfs {
    private static final int MAGIC = 0x5846_5342; // XFSB
    private static final int GROUP_MAGIC = 0x5841_4746; // XAGF
    private static final int TREE_4 = 0x4142_5442; // ABTB
    private static final int TREE_5 = 0x4142_3342; // AB3B
    private static final int NEEDS_REPAIR = 0x10;
    private static final int KNOWN = 0xEF; // without NEEDS_REPAIR
    private static final int KNOWN_RO = 0xF;
    private static final int SUPER_CRC = 224;
    private static final int MOST_LEVELS = 9;
    private static final long MOST_GROUPS = 1L << 20;
    private static final long LOWER = 0xFFFF_FFFFL;

    private final Region volume;
    private final boolean five;
    private final int block;
    private final long blocks;
    private final long perGroup;
    private final long groups;
    private final int sector;

    private Xfs(Region volume, ByteBuffer sb) throws IOException {
        this.volume = volume;
        five = version(sb) == 5;
        block = sb.getInt(4);
        blocks = sb.getLong(8);
        perGroup = sb.getInt(84) & LOWER;
        groups = sb.getInt(88) & LOWER;
        sector = sb.getShort(102) & 0xFFFF;
        Found.require(
                block >= 512 && block <= 1 << 16 && Integer.bitCount(block) == 1, "blocks of " + block + " bytes");
        Found.require(
                sector >= 512 && sector <= 1 << 15 && Integer.bitCount(sector) == 1, "sectors of " + sector + " bytes");
        Found.require(
                blocks > 0 && blocks <= volume.size() / block,
                blocks + " blocks of " + block + " in a volume of " + volume.size());
        Found.require(
                perGroup >= 64 && groups == (blocks - 1) / perGroup + 1 && groups <= MOST_GROUPS,
                groups + " groups of " + perGroup + " blocks");
    }

    private static int version(ByteBuffer sb) {
        return sb.getShort(100) & 0xF;
    }

    static Optional<Found> look(Region volume) throws IOException {
        if (!volume.has(0, 512)) {
            return Optional.empty();
        }
        ByteBuffer sb = volume.read(0, 512).order(ByteOrder.BIG_ENDIAN);
        if (sb.getInt(0) != MAGIC) {
            return Optional.empty();
        }
        byte[] name = new byte[12];
        sb.get(108, name);
        Found found = Found.left("xfs", Found.text(name, StandardCharsets.UTF_8), doubt(sb));
        if (!found.reason().isEmpty()) {
            return Optional.of(found);
        }
        Xfs fs = new Xfs(volume, sb);
        Found.require(!fs.five || fs.checksum(), "the checksum of its superblock is wrong");
        int shift = sb.get(124);
        long log = sb.getLong(48);
        Found.require(shift > 0 && shift < 32 && 1L << shift >= fs.perGroup, "group numbers from bit " + shift);
        long start = ((log >>> shift) * fs.perGroup + (log & (1L << shift) - 1)) * fs.block;
        if (!XfsLog.clean(volume, start, (sb.getInt(96) & LOWER) * fs.block)) {
            return Optional.of(found.left("Its log has not been replayed."));
        }
        return Optional.of(Found.of("xfs", found.label(), fs.noted(), fs::unused));
    }

    private static String doubt(ByteBuffer sb) {
        if (version(sb) != 4 && version(sb) != 5) {
            return "Its version " + version(sb) + " is not known.";
        } else if (sb.get(126) != 0) {
            return "It is being made.";
        } else if (sb.getLong(48) == 0) {
            return "Its log is on another device.";
        } else if (sb.getLong(16) != 0) {
            return "It has a real-time section.";
        } else if (version(sb) == 4) {
            return "";
        } else if ((sb.getInt(216) & NEEDS_REPAIR) != 0) {
            return "It is marked as in need of a repair.";
        } else if ((sb.getInt(216) & ~KNOWN) != 0 || sb.getInt(220) != 0) {
            return "Incompatible features " + Integer.toHexString(sb.getInt(216) & ~KNOWN) + ", of the log "
                    + Integer.toHexString(sb.getInt(220)) + " are not known.";
        }
        int unknown = sb.getInt(212) & ~KNOWN_RO;
        return unknown == 0 ? "" : "Features " + Integer.toHexString(unknown) + " for writers are not known.";
    }

    private boolean checksum() throws IOException {
        ByteBuffer sb = volume.read(0, sector);
        CRC32C crc = new CRC32C();
        crc.update(sb.slice(0, SUPER_CRC));
        crc.update(new byte[4]);
        crc.update(sb.slice(SUPER_CRC + 4, sector - SUPER_CRC - 4));
        return (int) crc.getValue() == sb.getInt(SUPER_CRC);
    }

    private long groupStart(long group) {
        return group * perGroup * block;
    }

    /** Free blocks as the groups count them, in bytes. */
    private long noted() throws IOException {
        long free = 0;
        for (long group = 0; group < groups; group++) {
            free += header(group).getInt(52) & LOWER;
        }
        return free * block;
    }

    private ByteBuffer header(long group) throws IOException {
        ByteBuffer header = volume.read(groupStart(group) + sector, 64).order(ByteOrder.BIG_ENDIAN);
        long length = Math.min(perGroup, blocks - group * perGroup);
        Found.require(
                header.getInt(0) == GROUP_MAGIC
                        && header.getInt(4) == 1
                        && header.getInt(8) == (int) group
                        && (header.getInt(12) & LOWER) == length,
                "the header of group " + group + " is not one of " + length + " blocks");
        return header;
    }

    private SpaceCursor unused(long from, long to) {
        return new Cursor(from, to);
    }

    /** Goes through the groups, and in each through the leaves of its tree of free extents, by their links. */
    private final class Cursor implements SpaceCursor {
        private final long from;
        private final long to;
        private long group;
        private ByteBuffer leaf; // null before the first of a group
        private int record;
        private long leaves; // of this group so far
        private long last; // block of this group before which all has been seen

        Cursor(long from, long to) {
            this.from = from;
            this.to = to;
            group = from / (perGroup * block);
        }

        @Override
        public Optional<SpaceRange> next() throws IOException {
            while (group < groups && groupStart(group) < to) {
                if (leaf == null) {
                    enter();
                }
                while (record < records(leaf)) {
                    SpaceRange range = range(header() + 8 * record++);
                    long start = Math.max(from, range.offset());
                    long end = Math.min(to, range.end());
                    if (start < end) {
                        return Optional.of(new SpaceRange(start, end - start));
                    }
                }
                advance();
            }
            return Optional.empty();
        }

        private void enter() throws IOException {
            ByteBuffer facts = Xfs.this.header(group);
            int levels = facts.getInt(28);
            Found.require(
                    levels > 0 && levels <= MOST_LEVELS, "the tree of group " + group + " has " + levels + " levels");
            ByteBuffer node = node(facts.getInt(16) & LOWER, levels - 1);
            for (int level = levels - 2; level >= 0; level--) {
                int most = (block - header()) / 12; // a key of 8 and a pointer of 4 bytes
                Found.require(records(node) > 0 && records(node) <= most, "a node of group " + group);
                node = node(node.getInt(header() + 8 * most) & LOWER, level);
            }
            leaf = node;
            record = 0;
            leaves = 0;
            last = 0;
        }

        private void advance() throws IOException {
            int right = leaf.getInt(12);
            record = 0;
            if (right == -1) {
                group++;
                leaf = null;
            } else {
                Found.require(++leaves <= perGroup, "the leaves of group " + group + " do not end");
                leaf = node(right & LOWER, 0);
            }
        }

        private ByteBuffer node(long number, int level) throws IOException {
            Found.require(number < perGroup, "a node of group " + group + " at block " + number);
            ByteBuffer node =
                    volume.read(groupStart(group) + number * block, block).order(ByteOrder.BIG_ENDIAN);
            boolean good = node.getInt(0) == (five ? TREE_5 : TREE_4)
                    && node.getShort(4) == level
                    && (level > 0 || records(node) <= (block - header()) / 8);
            Found.require(good, "block " + number + " of group " + group + " is no node of level " + level);
            return node;
        }

        private int header() {
            return five ? 56 : 16;
        }

        private int records(ByteBuffer node) {
            return node.getShort(6) & 0xFFFF;
        }

        private SpaceRange range(int at) throws IOException {
            long start = leaf.getInt(at) & LOWER;
            long count = leaf.getInt(at + 4) & LOWER;
            long length = Math.min(perGroup, blocks - group * perGroup);
            Found.require(
                    count > 0 && start >= last && start + count <= length,
                    "a free extent of group " + group + ": " + count + " blocks at " + start);
            last = start + count;
            return new SpaceRange(groupStart(group) + start * block, count * block);
        }
    }
}
