// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.vhd;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;

/**
 * The dynamic header of an image that grows. Big-endian, 1024 bytes where the footer says. Source: docs/formats/vhd.md,
 * section 4. The changing methods give headers with a right checksum.
 */
record VhdHeader(
        long cookie, // 0x000 "cxsparse"
        long next, // 0x008 u64, all ones
        long tablePosition, // 0x010 u64, of the block allocation table
        int version, // 0x018 u32, major << 16 | minor
        long entries, // 0x01C u32, of the table
        long blockSize, // 0x020 u32, bytes
        int checksum, // 0x024 u32
        UUID parentId, // 0x028 16 bytes, nil for none
        int parentTimeStamp, // 0x038 u32, seconds since 2000
        int reserved, // 0x03C u32
        String parentName, // 0x040 512 bytes, a character each
        List<VhdLocator> locators, // 0x240 8 times 24 bytes
        String rest) { // 0x300 256 bytes, a character each

    static final int BYTES = 1024;

    /** The first sector: everything but half the parent's name, and the locators. */
    static final int FIRST = 512;

    /** The most blocks that a disk may have: 2040 GiB in blocks of 512 KiB, and a few. */
    static final long MOST_BLOCKS = 1L << 22;

    static final long LEAST_BLOCK = 512;
    static final long MOST_BLOCK = 256L << 20;
    static final int NAME = 512;

    private static final long COOKIE = 0x6378_7370_6172_7365L;
    private static final int CHECKSUM_AT = 0x24;
    private static final int LOCATORS = 8;
    private static final int REST = 256;
    private static final int V1_0 = 0x0001_0000;
    private static final UUID NIL = new UUID(0, 0);

    VhdHeader {
        locators = List.copyOf(locators);
    }

    /** The header of a new image without parent. */
    static VhdHeader own(long tablePosition, long entries, long blockSize) {
        return new VhdHeader(
                        COOKIE,
                        -1,
                        tablePosition,
                        V1_0,
                        entries,
                        blockSize,
                        0,
                        NIL,
                        0,
                        0,
                        "\0".repeat(NAME),
                        java.util.Collections.nCopies(LOCATORS, VhdLocator.NONE),
                        "\0".repeat(REST))
                .summed();
    }

    /** Takes 1024 bytes of a big-endian buffer. */
    static VhdHeader decode(ByteBuffer source) {
        return new VhdHeader(
                source.getLong(),
                source.getLong(),
                source.getLong(),
                source.getInt(),
                Integer.toUnsignedLong(source.getInt()),
                Integer.toUnsignedLong(source.getInt()),
                source.getInt(),
                new UUID(source.getLong(), source.getLong()),
                source.getInt(),
                source.getInt(),
                VhdFooter.takeText(source, NAME),
                takeLocators(source),
                VhdFooter.takeText(source, REST));
    }

    private static List<VhdLocator> takeLocators(ByteBuffer source) {
        List<VhdLocator> all = new ArrayList<>();
        for (int i = 0; i < LOCATORS; i++) {
            all.add(VhdLocator.decode(source));
        }
        return all;
    }

    ByteBuffer encode() {
        ByteBuffer target = ByteBuffer.allocate(BYTES);
        target.putLong(cookie).putLong(next).putLong(tablePosition).putInt(version);
        target.putInt((int) entries).putInt((int) blockSize).putInt(checksum);
        target.putLong(parentId.getMostSignificantBits()).putLong(parentId.getLeastSignificantBits());
        target.putInt(parentTimeStamp).putInt(reserved);
        target.put(parentName.getBytes(StandardCharsets.ISO_8859_1));
        locators.forEach(locator -> locator.encode(target));
        target.put(rest.getBytes(StandardCharsets.ISO_8859_1));
        return target.flip();
    }

    VhdHeader validated(long size) throws DiskException {
        if (cookie != COOKIE) {
            throw bad(String.format("cookie %016X is not %016X", cookie, COOKIE));
        }
        int sum = VhdFooter.sum(encode(), CHECKSUM_AT);
        if (checksum != sum) {
            throw bad(String.format("checksum %08X at 0x24 is not %08X", checksum, sum));
        }
        if (version >>> 16 != 1) {
            throw new DiskException(
                    ErrorCode.NOT_SUPPORTED,
                    "VHD header: version " + (version >>> 16) + "." + (version & 0xFFFF) + " is not 1.x");
        }
        if (blockSize < LEAST_BLOCK || blockSize > MOST_BLOCK || Long.bitCount(blockSize) != 1) {
            throw bad("block size " + blockSize + " is not a power of two from " + LEAST_BLOCK + " to " + MOST_BLOCK);
        }
        long blocks = (size + blockSize - 1) / blockSize;
        if (entries < blocks) {
            throw bad(entries + " table entries for " + blocks + " blocks");
        }
        if (blocks > MOST_BLOCKS) {
            throw new DiskException(
                    ErrorCode.NOT_SUPPORTED, "VHD header: " + blocks + " blocks; the most are " + MOST_BLOCKS);
        }
        return this;
    }

    private static DiskException bad(String what) {
        return new DiskException(ErrorCode.BAD_HEADER, "VHD header: " + what);
    }

    long tableEnd() {
        return tablePosition + Integer.BYTES * entries;
    }

    VhdHeader withTable(long newPosition, long newEntries) {
        return with(newPosition, newEntries, parentId, parentName, locators);
    }

    VhdHeader withParent(UUID id, String name, List<VhdLocator> places) {
        return with(tablePosition, entries, id, name, places);
    }

    private VhdHeader with(long newPosition, long newEntries, UUID id, String name, List<VhdLocator> places) {
        int time = id.equals(parentId) ? parentTimeStamp : 0;
        return new VhdHeader(
                        cookie,
                        next,
                        newPosition,
                        version,
                        newEntries,
                        blockSize,
                        checksum,
                        id,
                        time,
                        reserved,
                        name,
                        places,
                        rest)
                .summed();
    }

    private VhdHeader summed() {
        int sum = VhdFooter.sum(encode(), CHECKSUM_AT);
        return new VhdHeader(
                cookie,
                next,
                tablePosition,
                version,
                entries,
                blockSize,
                sum,
                parentId,
                parentTimeStamp,
                reserved,
                parentName,
                locators,
                rest);
    }
}
