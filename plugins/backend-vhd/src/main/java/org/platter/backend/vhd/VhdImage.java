// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.vhd;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.format.CheckReport;
import org.platter.format.Geometry;
import org.platter.format.Image;
import org.platter.format.ImageAttributes;
import org.platter.format.ImageInfo;
import org.platter.format.ParentLink;
import org.platter.format.Progress;
import org.platter.format.RepairMode;
import org.platter.format.Run;
import org.platter.storage.ReadOnlyStorage;
import org.platter.storage.Storage;

/**
 * An open dynamic or differencing image. {@link #map} and {@link #info} are for any thread and take no lock; the rest is
 * for one thread at a time.
 *
 * <p>When it is opened for writing all blocks are verified. A damaged image opens all the same, so that it can be
 * repaired: until then its data is on a storage that refuses to be changed, and everything that would change it fails
 * with {@code CORRUPT}.
 *
 * <p>{@link #repair} moves blocks: nobody may read or write the disk meanwhile.
 */
final class VhdImage implements Image {
    private static final long MOST_EMPTY = 1L << 20; // entries that one answer of map looks at
    private static final int MOST_FRESH = 1 << 14; // bitmaps of new blocks in memory
    private static final int SECTOR = VhdMap.SECTOR;

    private final Storage storage;
    private final Storage frozen;
    private final boolean writable;
    private final VhdCommit commit;
    private Optional<Geometry> logical = Optional.empty();
    private Optional<ParentLink> link = Optional.empty();
    private VhdSpace space; // only if writable
    private volatile VhdMap map;
    private volatile String damage = ""; // empty while there is none
    private volatile boolean trusted;
    private volatile long fileEnd; // for reading: where the last block must end
    private volatile ImageInfo info;

    private VhdImage(Storage storage, VhdCommit commit, boolean writable) {
        this.storage = storage;
        this.commit = commit;
        this.writable = writable;
        frozen = new ReadOnlyStorage(
                storage,
                ErrorCode.READ_ONLY,
                storage.location() + ": a block that is not whole is not written in place");
    }

    /** The image in a file with this header, which has been judged. */
    static VhdImage opened(Storage storage, VhdFooters footers, VhdHeader header, boolean writable) throws IOException {
        VhdImage image = new VhdImage(storage, new VhdCommit(storage, footers, header), writable);
        image.load();
        return image;
    }

    /** Looks at the file anew. */
    private void load() throws IOException {
        map = new VhdMap(storage, commit.header(), footer().size());
        fileEnd = commit.footers().end();
        if (writable) {
            String[] fault = {""};
            long[] positions = scan(Progress.NONE).run((what, block, position) -> fault[0] = what.of(block, position));
            space = new VhdSpace(map, positions, metadata());
            damage = fault[0];
            trusted = damage.isEmpty();
        }
        link = footer().differencing() ? Optional.of(VhdParent.link(storage, commit.header())) : Optional.empty();
        refresh();
    }

    private VhdFooter footer() {
        return commit.footers().footer();
    }

    private List<VhdExtent> metadata() throws IOException {
        return VhdLayout.metadata(commit.header(), footer().headerPosition(), storage.size());
    }

    private VhdScan scan(Progress progress) throws IOException {
        VhdSpace now = space; // null before the first look at a file
        return new VhdScan(
                map, metadata(), commit.footers().end(), position -> now != null && now.touched(position), progress);
    }

    private void refresh() {
        info = VhdFacts.of(storage, footer(), commit.header().blockSize(), link, logical);
    }

    @Override
    public ImageInfo info() {
        return info;
    }

    @Override
    public Run map(long offset, long length) throws IOException {
        VhdMap now = map;
        checkRange(now, offset, length);
        long block = now.block(offset);
        int entry = now.entry(block);
        if (entry == VhdMap.FREE) {
            long last = Math.min(now.block(offset + length - 1) + 1, block + MOST_EMPTY);
            return new Run.Free(offset, Math.min(now.offset(now.runEnd(block, last)), offset + length) - offset);
        }
        long position = VhdMap.position(entry);
        boolean sound = trusted;
        if (!sound) {
            requireInside(block, position, now.bitmapBytes());
        }
        long start = now.offset(block);
        long from = (offset - start) / SECTOR;
        long to = (Math.min(now.blockSize(), offset + length - start) + SECTOR - 1) / SECTOR;
        long end = Math.min(start + now.sameEnd(block, from, to) * SECTOR, offset + length);
        if (!now.has(block, from)) {
            return new Run.Free(offset, end - offset);
        }
        long data = position + now.bitmapBytes() + offset - start;
        if (sound) {
            return new Run.Data(offset, end - offset, storage, data);
        }
        requireInside(block, data, end - offset);
        return new Run.Data(offset, end - offset, writable ? frozen : storage, data);
    }

    private static void checkRange(VhdMap map, long offset, long length) {
        if (offset < 0 || length <= 0 || length > map.size() - offset) {
            throw new IllegalArgumentException(offset + "+" + length + " is no range of " + map.size() + " bytes");
        }
    }

    private void requireInside(long block, long position, long length) throws DiskException {
        if (position + length > fileEnd) {
            throw new DiskException(
                    ErrorCode.CORRUPT,
                    "VHD block table: block " + block + " has " + length + " bytes at " + position
                            + ", the data ends at " + fileEnd);
        }
    }

    @Override
    public Run.Data allocate(long offset, long length) throws IOException {
        requireSound();
        checkRange(map, offset, length);
        long block = map.block(offset);
        long start = map.offset(block);
        long from = (offset - start) / SECTOR * SECTOR;
        long to = Math.min(map.visible(block), (offset - start + length + SECTOR - 1) / SECTOR * SECTOR);
        int entry = map.entry(block);
        if (entry != VhdMap.FREE && !map.has(block, from / SECTOR)) {
            return room(start, from, to, VhdMap.position(entry));
        }
        long position = space.reserve(block);
        commit.makeRoom(space, position + map.footprint(), map.footprint());
        if (footer().differencing() && entry == VhdMap.FREE) {
            return room(start, from, to, position);
        }
        long visible = map.visible(block);
        if (visible < map.blockSize()) {
            storage.zero(position + map.bitmapBytes() + visible, map.blockSize() - visible);
        }
        return room(start, 0, visible, position);
    }

    private Run.Data room(long start, long from, long to, long position) {
        return new Run.Data(start + from, to - from, storage, position + map.bitmapBytes() + from);
    }

    @Override
    public void remap(Run run) throws IOException {
        requireSound();
        if (run instanceof Run.Data data) {
            show(data);
        } else {
            clear(run);
        }
    }

    private void show(Run.Data data) throws IOException {
        long block = map.block(data.offset());
        long from = data.offset() - map.offset(block);
        long position = data.position() - map.bitmapBytes() - from;
        int entry = map.entry(block);
        boolean same = entry != VhdMap.FREE && VhdMap.position(entry) == position;
        boolean whole = from == 0 && data.length() == map.visible(block);
        if (!same && (!space.reserved(position) || entry != VhdMap.FREE && !whole)
                || data.length() > map.visible(block) - from) {
            throw new IllegalArgumentException(data + ": its storage has not been allocated");
        }
        if (same) {
            commit.bitsInPlace();
        } else {
            map.fill(block, !footer().differencing());
            map.place(block, (int) (position / SECTOR));
            space.take(block, position);
        }
        if (!same && entry != VhdMap.FREE) {
            space.release(VhdMap.position(entry));
        }
        if (same || footer().differencing()) {
            map.mark(block, from / SECTOR, (from + data.length() + SECTOR - 1) / SECTOR, true);
        }
        if (map.fresh() > MOST_FRESH) {
            commit.run(map, space);
        }
    }

    private void clear(Run run) throws IOException {
        if (run instanceof Run.Zero && footer().differencing()) {
            throw new DiskException(ErrorCode.NOT_SUPPORTED, "VHD: a differencing image has no zero marks");
        }
        long from = map.block(run.offset());
        long to = map.block(run.end() - 1) + 1;
        if (map.offset(from) != run.offset() || run.end() != Math.min(map.offset(to), map.size())) {
            throw new IllegalArgumentException(run + " is not whole blocks of " + map.blockSize());
        }
        for (long block = from; block < to; ) {
            int entry = map.entry(block);
            if (entry == VhdMap.FREE) {
                block = map.runEnd(block, to);
            } else {
                space.release(VhdMap.position(entry));
                map.place(block, VhdMap.FREE);
                block++;
            }
        }
    }

    @Override
    public void update(ImageAttributes attributes) throws IOException {
        requireSound();
        VhdFooter changed = VhdFacts.changed(footer(), attributes);
        if (attributes.parent().isPresent()) {
            ParentLink asked = attributes.parent().get();
            VhdExtent room = VhdParent.room(commit.header(), commit.footers().end());
            commit.link(VhdParent.linked(commit.header(), asked, room));
            boolean base = asked.equals(ParentLink.NONE);
            changed = changed.withType(base ? VhdFooter.DYNAMIC : VhdFooter.DIFFERENCING);
            link = base
                    ? Optional.empty()
                    : Optional.of(new ParentLink(asked.uuid(), ParentLink.NIL, "", asked.hints()));
        }
        commit.footers().change(changed);
        logical = attributes.logical().or(() -> logical);
        refresh();
    }

    @Override
    public void resize(long size) throws IOException {
        requireSound();
        if (size != map.size()) {
            VhdResize resize = new VhdResize(storage, commit, map, size);
            flush();
            resize.run(space);
            load();
        }
    }

    @Override
    public CheckReport check(Progress progress) throws IOException {
        if (!writable) {
            return new VhdCheck(commit.footers(), map).report(scan(progress), null);
        }
        VhdSpace now = space;
        now.watch(true);
        try {
            return new VhdCheck(commit.footers(), map).report(scan(progress), now);
        } finally {
            now.watch(false);
        }
    }

    @Override
    public CheckReport repair(RepairMode mode, Progress progress) throws IOException {
        requireWritable();
        flush();
        VhdRepair repair = new VhdRepair(storage, commit);
        if (mode == RepairMode.SAFE && repair.refuses(map, scan(progress))) {
            return repair.report();
        }
        repair.mendFooters();
        repair.mendPlaces(map, scan(progress));
        load();
        repair.separate(map, space, scan(progress));
        load();
        return repair.cutEnd(map, space);
    }

    @Override
    public void flush() throws IOException {
        if (trusted) {
            space.giveBack();
            commit.run(map, space);
        }
    }

    private void requireSound() throws DiskException {
        requireWritable();
        if (!trusted) {
            throw new DiskException(ErrorCode.CORRUPT, damage + "; the image can be changed when it is repaired");
        }
    }

    private void requireWritable() throws DiskException {
        if (!writable) {
            throw VhdFacts.readOnly(storage.location());
        }
    }

    /** The storage belongs to the platform; there is nothing else to let go. */
    @Override
    public void close() {}
}
