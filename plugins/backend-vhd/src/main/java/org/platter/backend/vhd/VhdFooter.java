// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.vhd;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.UUID;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.format.Geometry;

/**
 * The footer of a file, and its copy at the front. Big-endian, 512 bytes. Source: docs/formats/vhd.md, section 2. The
 * changing methods give footers with a right checksum.
 */
record VhdFooter(
        long cookie, // 0x00 "conectix"
        int features, // 0x08 u32
        int version, // 0x0C u32, major << 16 | minor
        long headerPosition, // 0x10 u64, all ones in a fixed image
        int timeStamp, // 0x18 u32, seconds since 2000
        int creator, // 0x1C four letters
        int creatorVersion, // 0x20 u32
        int creatorHost, // 0x24 four letters
        long originalSize, // 0x28 u64, bytes
        long size, // 0x30 u64, bytes
        int cylinders, // 0x38 u16
        int heads, // 0x3A u8
        int sectors, // 0x3B u8, per track
        int type, // 0x3C u32
        int checksum, // 0x40 u32
        UUID id, // 0x44 16 bytes
        String rest) { // 0x54 428 bytes, a character each: saved state, and what must survive

    static final int BYTES = 512;
    static final int FIXED = 2;
    static final int DYNAMIC = 3;
    static final int DIFFERENCING = 4;

    /** Bytes of the largest disk of an image that grows; of a fixed one only the footer's 64 bits are the limit. */
    static final long MOST_SIZE = 2040L << 30;

    private static final long COOKIE = 0x636F_6E65_6374_6978L;
    private static final int CHECKSUM_AT = 0x40;
    private static final int REST = BYTES - 0x54;
    private static final int FEATURES = 2;
    private static final int V1_0 = 0x0001_0000;
    private static final int WINDOWS = 0x7769_6E20;
    private static final int WINDOWS_VERSION = 0x000A_0000;
    private static final int WINDOWS_HOST = 0x5769_326B;
    private static final long EPOCH = 946_684_800L; // 2000-01-01 in the seconds of Unix
    private static final int SECTOR = 512;

    /** The footer of a new image. Why it names Windows as creator: docs/formats/vhd.md, section 3. */
    static VhdFooter own(int type, long headerPosition, long size, UUID id, Geometry geometry) {
        return new VhdFooter(
                        COOKIE,
                        FEATURES,
                        V1_0,
                        headerPosition,
                        (int) (System.currentTimeMillis() / 1000 - EPOCH),
                        WINDOWS,
                        WINDOWS_VERSION,
                        WINDOWS_HOST,
                        size,
                        size,
                        (int) geometry.cylinders(),
                        geometry.heads(),
                        geometry.sectors(),
                        type,
                        0,
                        id,
                        "\0".repeat(REST))
                .summed();
    }

    /** True if {@code start} begins with the cookie. */
    static boolean signs(ByteBuffer start) {
        return start.remaining() >= Long.BYTES && start.getLong(start.position()) == COOKIE;
    }

    /** Takes 512 bytes of a big-endian buffer. */
    static VhdFooter decode(ByteBuffer source) {
        return new VhdFooter(
                source.getLong(),
                source.getInt(),
                source.getInt(),
                source.getLong(),
                source.getInt(),
                source.getInt(),
                source.getInt(),
                source.getInt(),
                source.getLong(),
                source.getLong(),
                Short.toUnsignedInt(source.getShort()),
                Byte.toUnsignedInt(source.get()),
                Byte.toUnsignedInt(source.get()),
                source.getInt(),
                source.getInt(),
                new UUID(source.getLong(), source.getLong()),
                takeText(source, REST));
    }

    ByteBuffer encode() {
        ByteBuffer target = ByteBuffer.allocate(BYTES);
        target.putLong(cookie).putInt(features).putInt(version).putLong(headerPosition);
        target.putInt(timeStamp).putInt(creator).putInt(creatorVersion).putInt(creatorHost);
        target.putLong(originalSize).putLong(size);
        target.putShort((short) cylinders).put((byte) heads).put((byte) sectors);
        target.putInt(type).putInt(checksum);
        target.putLong(id.getMostSignificantBits()).putLong(id.getLeastSignificantBits());
        target.put(rest.getBytes(StandardCharsets.ISO_8859_1));
        return target.flip();
    }

    static String takeText(ByteBuffer source, int bytes) {
        byte[] text = new byte[bytes];
        source.get(text);
        return new String(text, StandardCharsets.ISO_8859_1);
    }

    /** The complement of the sum of all bytes but the four of the checksum itself. */
    static int sum(ByteBuffer bytes, int checksumAt) {
        int sum = 0;
        for (int at = 0; at < bytes.limit(); at++) {
            if (at < checksumAt || at >= checksumAt + Integer.BYTES) {
                sum += Byte.toUnsignedInt(bytes.get(at));
            }
        }
        return ~sum;
    }

    /** True if it carries cookie and checksum. */
    boolean whole() {
        return cookie == COOKIE && checksum == sum(encode(), CHECKSUM_AT);
    }

    VhdFooter validated() throws DiskException {
        if (cookie != COOKIE) {
            throw bad(String.format("cookie %016X is not %016X", cookie, COOKIE));
        }
        if (!whole()) {
            throw bad(String.format("checksum %08X at 0x40 is not %08X", checksum, sum(encode(), CHECKSUM_AT)));
        }
        if (version >>> 16 != 1) {
            throw new DiskException(ErrorCode.NOT_SUPPORTED, "VHD footer: version " + versionName() + " is not 1.x");
        }
        if (type < FIXED || type > DIFFERENCING) {
            throw new DiskException(ErrorCode.NOT_SUPPORTED, "VHD footer: disk type " + type + " is not 2, 3 or 4");
        }
        long most = fixed() ? Long.MAX_VALUE / SECTOR * SECTOR : MOST_SIZE;
        if (size <= 0 || size > most || size % SECTOR != 0) {
            throw bad("current size " + Long.toUnsignedString(size) + " is not a multiple of 512 from 512 to " + most);
        }
        return this;
    }

    private static DiskException bad(String what) {
        return new DiskException(ErrorCode.BAD_HEADER, "VHD footer: " + what);
    }

    String versionName() {
        return (version >>> 16) + "." + (version & 0xFFFF);
    }

    boolean fixed() {
        return type == FIXED;
    }

    boolean differencing() {
        return type == DIFFERENCING;
    }

    boolean savedState() {
        return rest.charAt(0) != 0;
    }

    Optional<Geometry> geometry() {
        boolean set = cylinders > 0 && heads > 0 && sectors > 0;
        return set ? Optional.of(new Geometry(cylinders, heads, sectors)) : Optional.empty();
    }

    /** True if the two say the same, but for when. */
    boolean agrees(VhdFooter other) {
        return with(timeStamp, headerPosition, size, type, id)
                .equals(other.with(timeStamp, other.headerPosition, other.size, other.type, other.id));
    }

    VhdFooter withId(UUID newId) {
        return with(timeStamp, headerPosition, size, type, newId);
    }

    VhdFooter withType(int newType) {
        return with(timeStamp, headerPosition, size, newType, id);
    }

    VhdFooter withHeaderAt(long position) {
        return with(timeStamp, position, size, type, id);
    }

    /** The same for a larger disk; the geometry follows if it was the usual one. */
    VhdFooter withSize(long newSize) {
        VhdFooter resized = with(timeStamp, headerPosition, newSize, type, id);
        boolean usual = geometry().equals(Optional.of(VhdGeometry.of(size)));
        return usual ? resized.withGeometry(VhdGeometry.of(newSize)) : resized;
    }

    VhdFooter withGeometry(Geometry geometry) {
        return new VhdFooter(
                        cookie,
                        features,
                        version,
                        headerPosition,
                        timeStamp,
                        creator,
                        creatorVersion,
                        creatorHost,
                        originalSize,
                        size,
                        (int) geometry.cylinders(),
                        geometry.heads(),
                        geometry.sectors(),
                        type,
                        checksum,
                        id,
                        rest)
                .summed();
    }

    private VhdFooter with(int newTimeStamp, long newHeaderPosition, long newSize, int newType, UUID newId) {
        return new VhdFooter(
                        cookie,
                        features,
                        version,
                        newHeaderPosition,
                        newTimeStamp,
                        creator,
                        creatorVersion,
                        creatorHost,
                        originalSize,
                        newSize,
                        cylinders,
                        heads,
                        sectors,
                        newType,
                        checksum,
                        newId,
                        rest)
                .summed();
    }

    private VhdFooter summed() {
        return new VhdFooter(
                cookie,
                features,
                version,
                headerPosition,
                timeStamp,
                creator,
                creatorVersion,
                creatorHost,
                originalSize,
                size,
                cylinders,
                heads,
                sectors,
                type,
                sum(encode(), CHECKSUM_AT),
                id,
                rest);
    }
}
