// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.vdi;

import java.io.IOException;
import java.util.BitSet;
import java.util.Optional;
import java.util.UUID;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.format.CheckReport;
import org.platter.format.Geometry;
import org.platter.format.Image;
import org.platter.format.ImageAttributes;
import org.platter.format.ImageInfo;
import org.platter.format.ImageSpec;
import org.platter.format.ParentLink;
import org.platter.format.Progress;
import org.platter.format.RepairMode;
import org.platter.format.Run;
import org.platter.storage.ReadOnlyStorage;
import org.platter.storage.Storage;
import org.platter.table.BlockAllocator;

/**
 * An open VDI. {@link #map} and {@link #info} are for any thread and take no lock, but for the first look at a part of a
 * large map that is open for writing. The rest is for one thread at a time.
 *
 * <p>A damaged image (see {@link VdiSpace}) opens for writing all the same, so that it can be repaired: until then its
 * data is on a storage that refuses to be changed, and {@link #allocate}, {@link #remap}, {@link #update} and
 * {@link #resize} fail with {@code CORRUPT}.
 *
 * <p>{@link #resize} may have to move blocks out of the way of a longer map, and {@link #repair} moves blocks too:
 * nobody may read or write the disk meanwhile.
 */
final class VdiImage implements Image {
    /** How many entries one answer of {@link #map} looks at: of data, and of blocks without. */
    private static final long MOST_DATA = 4096;

    private static final long MOST_EMPTY = 64L * VdiMap.PAGE;

    /** After so many changed entries {@link #remap} makes them durable, to keep memory bounded. */
    private static final long MOST_CHANGES = 1L << 20;

    private static final int SECTOR = 512;

    private final Storage storage;
    private final Storage frozen;
    private final boolean writable;
    private final VdiCommit commit;
    private Optional<Geometry> physical = Optional.empty();
    private Optional<Geometry> logical = Optional.empty(); // where the header has no place for it
    private volatile VdiSpace space;
    private volatile ImageInfo info;
    private volatile long fileEnd; // as last seen; the file may have grown since

    private VdiImage(Storage storage, VdiHeader header, VdiSpace space, boolean writable) throws IOException {
        this.storage = storage;
        this.writable = writable;
        this.space = space;
        frozen = new ReadOnlyStorage(
                storage,
                ErrorCode.READ_ONLY,
                storage.location() + ": the image must not be changed before it is repaired");
        commit = new VdiCommit(storage, header);
        fileEnd = storage.size();
        info = VdiFacts.of(header, physical, logical);
    }

    /** The image in a file with this header, which has been judged. */
    static VdiImage opened(Storage storage, VdiHeader header, boolean writable) throws IOException {
        VdiSpace space =
                new VdiSpace(new VdiMap(storage, header), header.sizes().allocated(), storage.size());
        return new VdiImage(storage, header, space, writable);
    }

    /** The image that has just been written to a file. */
    static VdiImage created(Storage storage, VdiHeader header, ImageSpec spec) throws IOException {
        BitSet used = new BitSet();
        used.set(0, (int) header.sizes().allocated());
        VdiImage image = new VdiImage(storage, header, new VdiSpace(new VdiMap(storage, header), used), true);
        image.physical = spec.physical();
        image.info = VdiFacts.of(header, image.physical, image.logical);
        return image;
    }

    /** Verifies the map if that is quickly done. */
    VdiImage verified() throws IOException {
        if (writable && space.map().blocks() <= VdiSpace.AT_ONCE) {
            space.complete();
        }
        return this;
    }

    @Override
    public ImageInfo info() {
        return info;
    }

    @Override
    public Run map(long offset, long length) throws IOException {
        VdiSpace now = space;
        VdiMap map = now.map();
        checkRange(map, offset, length);
        long block = map.block(offset);
        int entry = map.entry(block);
        if (VdiMap.data(entry)) {
            return data(now, offset, length, Integer.toUnsignedLong(entry));
        }
        long last = Math.min(map.block(offset + length - 1) + 1, block / VdiMap.PAGE * VdiMap.PAGE + MOST_EMPTY);
        long end = Math.min(map.offset(map.runEnd(block, last)), offset + length);
        return entry == VdiMap.FREE ? new Run.Free(offset, end - offset) : new Run.Zero(offset, end - offset);
    }

    private static void checkRange(VdiMap map, long offset, long length) {
        if (offset < 0 || length <= 0 || length > map.disk() - offset) {
            throw new IllegalArgumentException(offset + "+" + length + " is no range of " + map.disk() + " bytes");
        }
    }

    private Run.Data data(VdiSpace now, long offset, long length, long first) throws IOException {
        VdiMap map = now.map();
        long block = map.block(offset);
        long last = Math.min(map.block(offset + length - 1) + 1, block + MOST_DATA);
        long position = map.position(first) + offset - map.offset(block);
        if (writable && now.trusts(block)) {
            long end = Math.min(map.offset(map.adjacentEnd(block, last)), offset + length);
            return new Run.Data(offset, end - offset, now.sound() ? storage : frozen, position);
        }
        now.requireAllocated(block, first);
        last = Math.min(last, block + now.allocatedAtOpen() - first);
        long end = Math.min(map.offset(map.adjacentEnd(block, last)), offset + length);
        long there = present(block, position, end - offset);
        return new Run.Data(offset, there, writable ? frozen : storage, position);
    }

    /** How many of the bytes are in the file, in whole sectors if not all; none is an error. */
    private long present(long block, long position, long length) throws IOException {
        if (position + length <= fileEnd) {
            return length;
        }
        fileEnd = storage.size();
        long there = fileEnd - position >= length ? length : (fileEnd - position) / SECTOR * SECTOR;
        if (there <= 0) {
            throw new DiskException(
                    ErrorCode.CORRUPT,
                    "VDI block map: block " + block + " is at " + position + ", but the file ends at " + fileEnd);
        }
        return there;
    }

    @Override
    public Run.Data allocate(long offset, long length) throws IOException {
        VdiSpace now = forChange();
        VdiMap map = now.map();
        checkRange(map, offset, length);
        now.prepare(commit.limit());
        now.requireSound();
        if (now.full(commit.limit()) && now.places().hasReleased()) {
            commit.run(map, now); // then what was let go is free
        }
        long block = map.block(offset);
        long wanted = map.dense() ? Math.min(map.block(offset + length - 1) + 1 - block, MOST_CHANGES) : 1;
        BlockAllocator.Places found = now.reserve(block, wanted, 0, commit.limit());
        clearTail(map, block + found.count() - 1, found.from() + found.count() - 1);
        long end = Math.min(map.offset(block + found.count()), map.disk());
        return new Run.Data(map.offset(block), end - map.offset(block), storage, map.position(found.from()));
    }

    /** What the last block stores behind the end of the disk must be zeroes when the disk grows. */
    private void clearTail(VdiMap map, long block, long at) throws IOException {
        long visible = map.visible(block);
        if (visible < map.blockSize()) {
            storage.zero(map.position(at) + visible, map.blockSize() - visible);
        }
    }

    @Override
    public void remap(Run run) throws IOException {
        VdiSpace now = forChange();
        VdiMap map = now.map();
        long from = map.block(run.offset());
        long to = map.block(run.end() - 1) + 1;
        if (map.offset(from) != run.offset() || run.end() != Math.min(map.offset(to), map.disk())) {
            throw new IllegalArgumentException(run + " is not whole blocks of " + map.blockSize());
        }
        if (run instanceof Run.Data data) {
            show(now, from, to, map.physical(data.position()));
        } else {
            clear(now, from, to, run instanceof Run.Zero ? VdiMap.ZERO : VdiMap.FREE);
        }
    }

    private void show(VdiSpace now, long from, long to, long first) throws IOException {
        VdiMap map = now.map();
        if (!now.places().reserved(first, first + to - from)) {
            throw new IllegalArgumentException("block " + from + ": its storage has not been allocated");
        }
        for (long block = from; block < to; block++) {
            now.trusts(block);
            if (VdiMap.data(map.entry(block))) {
                now.complete();
            }
        }
        now.requireSound();
        if (first + to - from > commit.limit()) {
            throw new DiskException(ErrorCode.BAD_SIZE, "VDI: all " + commit.limit() + " physical blocks are in use");
        }
        for (long block = from; block < to; block++) {
            long place = first + block - from;
            replace(now, block, (int) place);
            now.places().name(block, place, place + 1);
        }
    }

    private static void replace(VdiSpace now, long block, int entry) throws IOException {
        int old = now.map().entry(block);
        now.map().set(block, entry);
        if (VdiMap.data(old)) {
            long physical = Integer.toUnsignedLong(old);
            now.places().release(physical, physical + 1);
        }
    }

    private void clear(VdiSpace now, long from, long to, int entry) throws IOException {
        if (commit.header().fixed()) {
            throw new DiskException(ErrorCode.NOT_SUPPORTED, "VDI: a fixed image keeps all its blocks");
        }
        VdiMap map = now.map();
        long changes = 0;
        for (long block = from; block < to; ) {
            int old = map.entry(block);
            long end = block + 1;
            if (VdiMap.data(old)) {
                now.complete();
                now.requireSound();
                replace(now, block, entry);
            } else {
                end = map.runEnd(block, Math.min(to, block + MOST_CHANGES));
                map.fill(block, old == entry ? block : end, entry); // what is so already stays clean
            }
            changes += old == entry ? 0 : end - block;
            block = end;
            if (changes >= MOST_CHANGES) {
                commit.run(map, now);
                changes = 0;
            }
        }
    }

    @Override
    public void update(ImageAttributes attributes) throws IOException {
        forChange();
        VdiHeader header = commit.header();
        VdiIds ids = header.ids();
        header = header.withIdentity(
                header.type(),
                ids.withOwn(
                        proper(attributes.uuid().orElse(ids.image())),
                        proper(attributes.modificationUuid().orElse(ids.modification()))));
        if (attributes.parent().isPresent()) {
            header = header.withLink(attributes.parent().get());
        }
        if (attributes.comment().isPresent()) {
            header = header.withComment(attributes.comment().get());
        }
        if (attributes.logical().isPresent() && header.canStoreLogical()) {
            header = header.withLogical(VdiGeometry.of(attributes.logical()));
        } else if (attributes.logical().isPresent()) {
            logical = attributes.logical();
        }
        physical = attributes.physical().or(() -> physical);
        commit.change(header);
        info = VdiFacts.of(header, physical, logical);
    }

    private static UUID proper(UUID uuid) throws DiskException {
        if (uuid.equals(ParentLink.NIL)) {
            throw new DiskException(ErrorCode.BAD_VALUE, "VDI: an image cannot have the nil UUID");
        }
        return uuid;
    }

    @Override
    public void resize(long size) throws IOException {
        VdiSpace now = forChange();
        if (size == now.map().disk()) {
            return;
        }
        VdiResize resize = new VdiResize(storage, commit, now, size);
        flush();
        space = resize.run();
        info = VdiFacts.of(commit.header(), physical, logical);
    }

    @Override
    public CheckReport check(Progress progress) throws IOException {
        VdiSpace now = space;
        long counted = Math.max(commit.header().sizes().allocated(), writable ? now.high() : 0);
        return new VdiCheck(storage, commit.header(), now, progress).report(counted);
    }

    @Override
    public CheckReport repair(RepairMode mode, Progress progress) throws IOException {
        requireWritable();
        flush();
        VdiRepair repair = new VdiRepair(storage, commit, space, progress);
        CheckReport report = repair.run(mode);
        space = repair.space();
        fileEnd = storage.size();
        info = VdiFacts.of(commit.header(), physical, logical);
        return report;
    }

    @Override
    public void flush() throws IOException {
        if (writable) {
            space.giveBack();
            commit.run(space.map(), space);
        }
    }

    private VdiSpace forChange() throws DiskException {
        requireWritable();
        space.requireSound();
        return space;
    }

    private void requireWritable() throws DiskException {
        if (!writable) {
            throw new DiskException(ErrorCode.READ_ONLY, storage.location() + ": is open for reading only");
        }
    }

    /** The storage belongs to the platform; there is nothing else to let go. */
    @Override
    public void close() {}
}
