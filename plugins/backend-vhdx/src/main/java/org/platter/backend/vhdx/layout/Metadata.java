// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.vhdx.layout;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.storage.Storage;

/**
 * The metadata region. Immutable: the changing methods give another region, of which what is not understood stays as it
 * is. Source: docs/formats/vhdx.md, section 4.
 */
public final class Metadata {
    /** Bytes of the largest disk. */
    public static final long MOST_SIZE = 64L << 40;

    /** Bytes of the smallest and of the largest block. */
    public static final long LEAST_BLOCK = 1 << 20;

    /** See {@link #LEAST_BLOCK}. */
    public static final long MOST_BLOCK = 256 << 20;

    private static final UUID PARAMETERS = UUID.fromString("CAA16737-FA36-4D43-B3B6-33F0AA44E76B");
    private static final UUID SIZE = UUID.fromString("2FA54224-CD1B-4876-B211-5DBED83BF4B8");
    private static final UUID DISK_ID = UUID.fromString("BECA12AB-B2E6-4523-93EF-C309E000C746");
    private static final UUID LOGICAL = UUID.fromString("8141BF1D-A96F-4709-BA47-F233A8FAAB5F");
    private static final UUID PHYSICAL = UUID.fromString("CDA348C7-445D-4471-9CC9-E9885251C556");
    private static final UUID PARENT = UUID.fromString("A8D35F2D-B30B-454D-ABF7-D3D84834AB0C");

    private static final long SIGNATURE = 0x6174_6164_6174_656DL; // "metadata"
    private static final int TABLE = 64 << 10;
    private static final int ENTRY = 32;
    private static final int MOST = 2047;
    private static final int LEAVE_ALLOCATED = 1;
    private static final int HAS_PARENT = 2;
    private static final int REQUIRED = 4;
    private static final int VIRTUAL_DISK = 2;

    private record Item(int position, int length, int entryAt) {}

    private final ByteBuffer bytes;
    private final Map<UUID, Item> items = new LinkedHashMap<>();

    private Metadata(ByteBuffer bytes) {
        this.bytes = bytes;
    }

    /** What a new image says of itself. */
    public record Facts(long size, long blockSize, int sectorSize, boolean fixed, UUID diskId) {}

    /** The region of a new image without parent, 1 MiB. */
    public static Metadata own(Facts facts) throws DiskException {
        ByteBuffer bytes = Bytes.buffer((int) Bytes.MIB);
        bytes.putLong(0, SIGNATURE);
        Metadata made = new Metadata(bytes);
        made.add(PARAMETERS, 8, 0).putInt((int) facts.blockSize()).putInt(facts.fixed() ? LEAVE_ALLOCATED : 0);
        made.add(SIZE, 8, VIRTUAL_DISK).putLong(facts.size());
        Bytes.guid(made.add(DISK_ID, 16, VIRTUAL_DISK), facts.diskId());
        made.add(LOGICAL, 4, VIRTUAL_DISK).putInt(facts.sectorSize());
        made.add(PHYSICAL, 4, VIRTUAL_DISK).putInt(4096);
        return made.validated();
    }

    /** Reads and judges the region. */
    public static Metadata read(Storage storage, Extent place) throws IOException {
        int length = (int) Math.min(Bytes.MIB, place.to() - place.from());
        return new Metadata(Bytes.read(storage, place.from(), length, "metadata region")).validated();
    }

    private Metadata validated() throws DiskException {
        items.clear();
        if (bytes.getLong(0) != SIGNATURE) {
            throw Bytes.bad(String.format("metadata table: signature %016X", bytes.getLong(0)));
        }
        int count = Short.toUnsignedInt(bytes.getShort(10));
        if (count > MOST) {
            throw Bytes.bad("metadata table: entry count " + count + " is above " + MOST);
        }
        for (int i = 1; i <= count; i++) {
            judge(i * ENTRY);
        }
        exact(PARAMETERS, 8);
        exact(SIZE, 8);
        exact(DISK_ID, 16);
        exact(LOGICAL, 4);
        exact(PHYSICAL, 4);
        judgeValues();
        return this;
    }

    private void judge(int at) throws DiskException {
        UUID id = Bytes.guid(bytes.slice(at, 16).order(bytes.order()));
        long position = Integer.toUnsignedLong(bytes.getInt(at + 16));
        long length = Integer.toUnsignedLong(bytes.getInt(at + 20));
        int flags = bytes.getInt(at + 24);
        boolean known = id.equals(PARAMETERS)
                || id.equals(SIZE)
                || id.equals(DISK_ID)
                || id.equals(LOGICAL)
                || id.equals(PHYSICAL)
                || id.equals(PARENT);
        if (!known && (flags & REQUIRED) != 0) {
            throw new DiskException(ErrorCode.NOT_SUPPORTED, "VHDX metadata table: unknown required item " + id);
        }
        boolean empty = !known && position == 0 && length == 0;
        if (!empty && (position < TABLE || position + length > bytes.capacity())) {
            throw Bytes.bad("metadata table: item " + id + " of " + length + " bytes at " + position
                    + " is not between " + TABLE + " and " + bytes.capacity());
        }
        if (items.put(id, new Item((int) position, (int) length, at)) != null) {
            throw Bytes.bad("metadata table: item " + id + " is there twice");
        }
    }

    private void exact(UUID id, int length) throws DiskException {
        Item item = items.get(id);
        if (item == null || item.length() != length) {
            throw Bytes.bad("metadata table: item " + id + " has not " + length + " bytes, but "
                    + (item == null ? "is missing" : "" + item.length()));
        }
    }

    private void judgeValues() throws DiskException {
        if (blockSize() < LEAST_BLOCK || blockSize() > MOST_BLOCK || Long.bitCount(blockSize()) != 1) {
            throw Bytes.bad("metadata: block size " + blockSize() + " is not a power of two from " + LEAST_BLOCK
                    + " to " + MOST_BLOCK);
        }
        sector(LOGICAL, "logical");
        sector(PHYSICAL, "physical");
        if (size() <= 0 || size() > MOST_SIZE || size() % sectorSize() != 0) {
            throw Bytes.bad("metadata: virtual disk size " + Long.toUnsignedString(size()) + " is not a multiple of "
                    + sectorSize() + " up to " + MOST_SIZE);
        }
        if (differencing() != items.containsKey(PARENT)) {
            throw Bytes.bad("metadata: file parameters say that there is " + (differencing() ? "a" : "no")
                    + " parent, and there is " + (differencing() ? "no" : "a") + " parent locator");
        }
        if (differencing()) {
            locator();
        }
    }

    private void sector(UUID id, String name) throws DiskException {
        int value = bytes.getInt(items.get(id).position());
        if (value != 512 && value != 4096) {
            throw Bytes.bad(
                    "metadata: " + name + " sector size " + Integer.toUnsignedString(value) + " is not 512 or 4096");
        }
    }

    /** Bytes of a block. */
    public long blockSize() {
        return Integer.toUnsignedLong(bytes.getInt(items.get(PARAMETERS).position()));
    }

    private int flags() {
        return bytes.getInt(items.get(PARAMETERS).position() + 4);
    }

    /** True if blocks stay allocated: a fixed image. */
    public boolean fixed() {
        return (flags() & LEAVE_ALLOCATED) != 0;
    }

    /** True if there is a parent. */
    public boolean differencing() {
        return (flags() & HAS_PARENT) != 0;
    }

    /** Bytes of the disk. */
    public long size() {
        return bytes.getLong(items.get(SIZE).position());
    }

    /** Bytes of a logical sector. */
    public int sectorSize() {
        return bytes.getInt(items.get(LOGICAL).position());
    }

    /** What a machine sees as the identity of the disk. */
    public UUID diskId() {
        return Bytes.guid(slice(items.get(DISK_ID)));
    }

    /** How the parent is named, if there is one. */
    public Optional<Locator> locator() throws DiskException {
        return differencing() ? Optional.of(Locator.decode(slice(items.get(PARENT)))) : Optional.empty();
    }

    private ByteBuffer slice(Item item) {
        return bytes.slice(item.position(), item.length()).order(bytes.order());
    }

    /** All bytes, from the start of the region. */
    public ByteBuffer bytes() {
        return bytes.duplicate().clear().order(bytes.order());
    }

    private Metadata copy() {
        Metadata copy = new Metadata(Bytes.buffer(bytes.capacity()).put(bytes()).clear());
        copy.items.putAll(items);
        return copy;
    }

    /** The same for a disk of another size. */
    public Metadata withSize(long size) throws DiskException {
        Metadata changed = copy();
        changed.bytes.putLong(items.get(SIZE).position(), size);
        return changed.validated();
    }

    /** The same with another identity of the disk. */
    public Metadata withDiskId(UUID id) throws DiskException {
        Metadata changed = copy();
        Bytes.guid(changed.slice(items.get(DISK_ID)), id);
        return changed.validated();
    }

    /** The same with another parent, or none. */
    public Metadata withParent(Optional<Locator> locator) throws DiskException {
        Metadata changed = copy();
        changed.drop(PARENT);
        int at = items.get(PARAMETERS).position() + 4;
        changed.bytes.putInt(at, locator.isPresent() ? flags() | HAS_PARENT : flags() & ~HAS_PARENT);
        if (locator.isPresent()) {
            ByteBuffer encoded = locator.get().encode();
            changed.add(PARENT, encoded.remaining(), 0).put(encoded);
        }
        return changed.validated();
    }

    private void drop(UUID id) {
        Item item = items.remove(id);
        if (item == null) {
            return;
        }
        int count = bytes.getShort(10) - 1;
        int rest = (count + 1) * ENTRY - item.entryAt();
        bytes.put(item.entryAt(), bytes.array(), item.entryAt() + ENTRY, rest);
        bytes.put((count + 1) * ENTRY, new byte[ENTRY]).putShort(10, (short) count);
    }

    /** Room for one more required item, behind all others or in the first gap. */
    private ByteBuffer add(UUID id, int length, int flags) throws DiskException {
        int count = Short.toUnsignedInt(bytes.getShort(10)) + 1;
        int place = place(length);
        if (count > MOST || place + length > bytes.capacity()) {
            throw new DiskException(ErrorCode.BAD_SIZE, "VHDX metadata region: no room for item " + id);
        }
        ByteBuffer entry = bytes.slice(count * ENTRY, ENTRY).order(bytes.order());
        Bytes.guid(entry, id);
        entry.putInt(place).putInt(length).putInt(flags | REQUIRED).putInt(0);
        bytes.putShort(10, (short) count);
        items.put(id, new Item(place, length, count * ENTRY));
        bytes.put(place, new byte[length]);
        return slice(items.get(id));
    }

    private int place(int length) {
        int place = TABLE;
        for (boolean moved = true; moved; ) {
            moved = false;
            for (Item item : items.values()) {
                if (place < item.position() + item.length() && item.position() < place + length) {
                    place = (item.position() + item.length() + 7) / 8 * 8;
                    moved = true;
                }
            }
        }
        return place;
    }
}
