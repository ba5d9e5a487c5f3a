// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.vhdx;

import java.io.IOException;
import java.util.HashSet;
import java.util.Set;
import org.platter.backend.vhdx.layout.Bytes;
import org.platter.backend.vhdx.layout.Extent;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.format.CheckReport;
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
 * An open image. {@link #map} and {@link #info} are for any thread and take no lock; the rest is for one thread at a time.
 *
 * <p>The first change verifies all blocks, replays a live log in the file and gives the file a new write GUID; until then
 * data is on a storage that refuses to be changed, so that no write comes before. A damaged image refuses every change with
 * {@code CORRUPT} until it is repaired.
 */
final class VhdxImage implements Image {
    private static final long MOST_EMPTY = 1L << 20; // entries that one answer of map looks at
    private static final int MOST_DIRTY = 256; // pages of tables

    private final VhdxFile file;
    private final Storage storage;
    private final Storage frozen;
    private final boolean writable;
    private final Set<Long> cleared = new HashSet<>(); // partial blocks let go since the last commit
    private final Set<Long> thinned = new HashSet<>(); // chunks that may need no bitmap any more
    private VhdxSpace space; // once there are changes
    private volatile VhdxMap map;
    private volatile boolean trusted;
    private volatile ImageInfo info;

    private VhdxImage(VhdxFile file, boolean writable) throws IOException {
        this.file = file;
        this.writable = writable;
        storage = file.storage();
        frozen = new ReadOnlyStorage(
                file.overlay(), ErrorCode.READ_ONLY, storage.location() + ": nothing is written before allocate");
        map = new VhdxMap(file.overlay(), file.regions().bat(), file.metadata());
        refresh();
    }

    static VhdxImage opened(Storage storage, boolean writable) throws IOException {
        return new VhdxImage(new VhdxFile(storage), writable);
    }

    /** The file was just made. */
    void startNew() throws IOException {
        file.startNew();
        begin();
    }

    private void refresh() throws IOException {
        info = VhdxFacts.of(file.headers().current(), file.metadata(), file.unreplayed());
    }

    @Override
    public ImageInfo info() {
        return info;
    }

    private VhdxScan scan() throws IOException {
        return new VhdxScan(
                map,
                file.regions().all(file.headers().current()),
                file.overlay().size());
    }

    private void begin() throws IOException {
        requireWritable();
        if (!trusted) {
            VhdxSpace found = new VhdxSpace(
                    scan().run(Progress.NONE, (fault, block, entry) -> {
                        throw new DiskException(
                                ErrorCode.CORRUPT,
                                fault.of(VhdxScan.name(block), entry)
                                        + "; the image can be changed when it is repaired");
                    }),
                    map.blockSize());
            file.begin();
            space = found;
            trusted = true;
            refresh();
        }
    }

    private void requireWritable() throws DiskException {
        if (!writable) {
            throw new DiskException(ErrorCode.READ_ONLY, storage.location() + ": is open for reading only");
        }
    }

    @Override
    public Run map(long offset, long length) throws IOException {
        VhdxMap now = map;
        checkRange(now, offset, length);
        long block = offset / now.blockSize();
        long entry = now.entry(block);
        return switch (VhdxMap.state(entry)) {
            case VhdxMap.FULL -> full(now, block, entry, offset, length);
            case VhdxMap.PARTIAL -> partial(now, block, entry, offset, length);
            default -> empty(now, block, offset, length);
        };
    }

    private static void checkRange(VhdxMap map, long offset, long length) {
        if (offset < 0 || length <= 0 || length > map.size() - offset) {
            throw new IllegalArgumentException(offset + "+" + length + " is no range of " + map.size() + " bytes");
        }
    }

    private static boolean free(VhdxMap map, long block, long entry) throws DiskException {
        int state = VhdxMap.state(entry);
        if (state == 4) {
            throw new DiskException(ErrorCode.CORRUPT, VhdxScan.Fault.STATE.of("block " + block, entry));
        }
        return state == VhdxMap.NOT_PRESENT || !map.differencing() && state != VhdxMap.ZERO;
    }

    private static Run empty(VhdxMap map, long block, long offset, long length) throws IOException {
        boolean free = free(map, block, map.entry(block));
        long last = Math.min((offset + length - 1) / map.blockSize() + 1, block + MOST_EMPTY);
        long at = block + 1;
        while (at < last && !VhdxMap.inFile(map.entry(at)) && free(map, at, map.entry(at)) == free) {
            at++;
        }
        long count = Math.min(map.offset(at), offset + length) - offset;
        return free ? new Run.Free(offset, count) : new Run.Zero(offset, count);
    }

    private Run full(VhdxMap now, long block, long entry, long offset, long length) throws IOException {
        long position = VhdxMap.position(entry) + offset - now.offset(block);
        long end = now.offset(block + 1);
        judge(block, entry, Math.min(end, offset + length) - now.offset(block));
        for (long next = block + 1; end < offset + length; next++, end += now.blockSize()) {
            long other = now.entry(next);
            if (VhdxMap.state(other) != VhdxMap.FULL
                    || VhdxMap.position(other) != VhdxMap.position(entry) + now.offset(next) - now.offset(block)) {
                break;
            }
            judge(next, other, Math.min(end + now.blockSize(), offset + length) - end);
        }
        return new Run.Data(offset, Math.min(end, offset + length) - offset, data(), position);
    }

    private Run partial(VhdxMap now, long block, long entry, long offset, long length) throws IOException {
        if (!now.differencing()) {
            throw new DiskException(ErrorCode.CORRUPT, VhdxScan.Fault.STATE.of("block " + block, entry));
        }
        judgeBitmap(now, block, entry);
        long start = now.offset(block);
        long stop = Math.min(start + now.blockSize(), offset + length);
        long from = (offset - start) / now.sectorSize();
        long to = (stop - start + now.sectorSize() - 1) / now.sectorSize();
        long end = Math.min(stop, start + now.sameEnd(block, from, to) * now.sectorSize());
        if (!now.has(block, from)) {
            return new Run.Free(offset, end - offset);
        }
        judge(block, entry, end - start);
        return new Run.Data(offset, end - offset, data(), VhdxMap.position(entry) + offset - start);
    }

    private void judgeBitmap(VhdxMap now, long block, long entry) throws IOException {
        long bitmap = now.bitmap(now.chunk(block));
        if (VhdxMap.state(bitmap) != VhdxMap.FULL) {
            throw new DiskException(ErrorCode.CORRUPT, VhdxScan.Fault.NO_BITMAP.of("block " + block, entry));
        }
        judge(-1 - now.chunk(block), bitmap, Bytes.MIB);
    }

    /** Storage of data: the file itself once there were changes. */
    private Storage data() {
        return trusted ? storage : writable ? frozen : file.overlay().live() ? file.overlay() : storage;
    }

    private void judge(long block, long entry, long length) throws IOException {
        if (trusted) {
            return;
        }
        long position = VhdxMap.position(entry);
        if (position < 0 || position > file.overlay().size() - length) {
            throw new DiskException(ErrorCode.CORRUPT, VhdxScan.Fault.OUTSIDE.of(VhdxScan.name(block), entry));
        }
        for (Extent extent : file.regions().all(file.headers().current())) {
            if (extent.overlaps(position, position + length)) {
                throw new DiskException(ErrorCode.CORRUPT, VhdxScan.Fault.METADATA.of(VhdxScan.name(block), entry));
            }
        }
    }

    @Override
    public Run.Data allocate(long offset, long length) throws IOException {
        begin();
        checkRange(map, offset, length);
        long block = offset / map.blockSize();
        long start = map.offset(block);
        long entry = map.entry(block);
        long from = (offset - start) / 512 * 512;
        long to = Math.min(map.visible(block), Bytes.up(offset - start + length, 512));
        int state = VhdxMap.state(entry);
        boolean sectors = from % map.sectorSize() == 0 && (to % map.sectorSize() == 0 || to == map.visible(block));
        if (state == VhdxMap.FULL || state == VhdxMap.PARTIAL && sectors) {
            return room(start, from, to, VhdxMap.position(entry));
        }
        if (state == VhdxMap.PARTIAL) {
            return room(start, 0, map.visible(block), VhdxMap.position(entry));
        }
        long position = space.reserve(block);
        if (storage.size() < position + map.blockSize()) {
            storage.resize(position + map.blockSize());
        }
        if (map.differencing() && state == VhdxMap.NOT_PRESENT && sectors) {
            return room(start, from, to, position);
        }
        hide(position, map.visible(block));
        return room(start, 0, map.visible(block), position);
    }

    /** What a block stores behind the end of the disk must not show when the disk goes on there. */
    private void hide(long position, long visible) throws IOException {
        if (visible < map.blockSize()) {
            storage.zero(position + visible, map.blockSize() - visible);
        }
    }

    private Run.Data room(long start, long from, long to, long position) {
        return new Run.Data(start + from, to - from, storage, position + from);
    }

    @Override
    public void remap(Run run) throws IOException {
        requireWritable();
        if (file.metadata().fixed() && !(run instanceof Run.Data)) {
            throw new DiskException(ErrorCode.NOT_SUPPORTED, "VHDX: blocks of a fixed image stay allocated");
        }
        begin();
        if (run instanceof Run.Data data) {
            show(data);
        } else {
            clear(run);
        }
        if (map.dirtyPages() > MOST_DIRTY) {
            commit();
        }
    }

    private void show(Run.Data data) throws IOException {
        long block = data.offset() / map.blockSize();
        long from = data.offset() - map.offset(block);
        long position = data.position() - from;
        long entry = map.entry(block);
        boolean same = VhdxMap.inFile(entry) && VhdxMap.position(entry) == position;
        if (!same && !space.reserved(block, position) || data.length() > map.visible(block) - from) {
            throw new IllegalArgumentException(data + ": its storage has not been allocated");
        }
        if (same && VhdxMap.state(entry) == VhdxMap.FULL) {
            return;
        }
        boolean whole = from == 0 && data.length() == map.visible(block);
        if (whole) {
            hide(position, map.visible(block));
            thinned.add(map.chunk(block));
            map.set(block, VhdxMap.FULL, position);
        } else {
            showSectors(block, from, data.length(), position, same);
        }
        space.take(block);
    }

    private void showSectors(long block, long from, long length, long position, boolean same) throws IOException {
        if (!same) {
            if (cleared.contains(block)) {
                commit(); // else its new bits could become durable over its old place
            }
            addBitmap(map.chunk(block));
            map.mark(block, 0, map.blockSize() / map.sectorSize(), false);
        }
        map.mark(block, from / map.sectorSize(), Bytes.up(from + length, map.sectorSize()) / map.sectorSize(), true);
        if (!same) {
            map.set(block, VhdxMap.PARTIAL, position);
        }
    }

    private void addBitmap(long chunk) throws IOException {
        if (VhdxMap.state(map.bitmap(chunk)) != VhdxMap.FULL) {
            long position = space.takeBytes(Bytes.MIB);
            storage.zero(position, Bytes.MIB);
            map.forgetBits(chunk);
            map.setBitmap(chunk, position | VhdxMap.FULL);
        }
    }

    private void clear(Run run) throws IOException {
        long from = run.offset() / map.blockSize();
        long to = (run.end() + map.blockSize() - 1) / map.blockSize();
        if (map.offset(from) != run.offset() || run.end() != Math.min(map.offset(to), map.size())) {
            throw new IllegalArgumentException(run + " is not whole blocks of " + map.blockSize());
        }
        int state =
                run instanceof Run.Zero ? VhdxMap.ZERO : map.differencing() ? VhdxMap.NOT_PRESENT : VhdxMap.UNMAPPED;
        for (long block = from; block < to; block++) {
            long entry = map.entry(block);
            if (VhdxMap.inFile(entry)) {
                space.release(VhdxMap.position(entry), map.blockSize());
                if (VhdxMap.state(entry) == VhdxMap.PARTIAL) {
                    cleared.add(block);
                    thinned.add(map.chunk(block));
                }
            } else if (!map.differencing() || VhdxMap.state(entry) == state) {
                continue; // a base reads the same already
            }
            map.set(block, state, 0);
            if (map.dirtyPages() > MOST_DIRTY) {
                commit();
            }
        }
    }

    @Override
    public void update(ImageAttributes attributes) throws IOException {
        begin();
        var changed = VhdxFacts.changed(file.metadata(), attributes);
        if (attributes.parent().isPresent()) {
            boolean base = attributes.parent().get().equals(ParentLink.NONE);
            flush();
            if (base != !map.differencing()) {
                file.retire();
                VhdxConversion.run(storage, map);
                commit();
                dropBitmaps();
            }
        }
        file.change(changed);
        if (attributes.parent().isPresent()) {
            commit();
            map = new VhdxMap(storage, file.regions().bat(), file.metadata());
        }
        if (attributes.modificationUuid().isPresent()) {
            file.identify(attributes.modificationUuid().get());
        }
        refresh();
        info = info.withGeometry(
                attributes.physical().or(info::physical), attributes.logical().or(info::logical));
    }

    @Override
    public void resize(long size) throws IOException {
        requireWritable();
        VhdxCreation.requireSize(size, map.sectorSize());
        if (size != map.size()) {
            begin();
            flush();
            file.retire();
            new VhdxResize(file, map, space, size).run();
            map = new VhdxMap(storage, file.regions().bat(), file.metadata());
            trusted = false; // an old table's place is free now
            begin();
            refresh();
        }
    }

    @Override
    public CheckReport check(Progress progress) throws IOException {
        return new VhdxCheck(file, map).report(this::scan, space == null ? -1 : space.end(), progress);
    }

    @Override
    public CheckReport repair(RepairMode mode, Progress progress) throws IOException {
        requireWritable();
        flush();
        file.begin();
        VhdxRepair repair = new VhdxRepair(file, map, mode);
        repair.mend(scan());
        trusted = false;
        repair.separate(scan(), scan());
        return repair.finish();
    }

    private void commit() throws IOException {
        file.commit(map);
        cleared.clear();
    }

    private void dropBitmaps() throws IOException {
        for (long chunk : thinned) {
            long entry = map.bitmap(chunk);
            boolean needed = VhdxMap.state(entry) != VhdxMap.FULL;
            for (long block = map.chunkStart(chunk); !needed && block < map.chunkEnd(chunk); block++) {
                needed = VhdxMap.state(map.entry(block)) == VhdxMap.PARTIAL;
            }
            if (!needed) {
                space.release(VhdxMap.position(entry), Bytes.MIB);
                map.setBitmap(chunk, 0);
            }
        }
        thinned.clear();
    }

    @Override
    public void flush() throws IOException {
        if (!trusted) {
            return;
        }
        space.giveBack();
        dropBitmaps();
        commit();
        file.retire(); // other programs refuse to read a file whose log must be replayed
        var freed = space.settle();
        long end = space.end();
        if (storage.size() > end) {
            storage.resize(end);
        }
        for (Extent extent : freed) {
            if (extent.from() < end) {
                storage.discard(extent.from(), Math.min(extent.to(), end) - extent.from());
            }
        }
    }

    /** The storage belongs to the platform; there is nothing else to let go. */
    @Override
    public void close() {}
}
