// SPDX-License-Identifier: Apache-2.0
package org.platter.testkit;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.BitSet;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.format.Capability;
import org.platter.format.CheckReport;
import org.platter.format.CheckReport.Severity;
import org.platter.format.Image;
import org.platter.format.ImageAttributes;
import org.platter.format.ImageFlag;
import org.platter.format.ImageInfo;
import org.platter.format.ParentLink;
import org.platter.format.Progress;
import org.platter.format.RepairMode;
import org.platter.format.Run;
import org.platter.storage.Storage;

/** An open toy image. Entries of its table: 0 free, 1 zero, n the block of storage n - 2. */
final class ToyImage implements Image {
    private static final int BLOCK = ToyHeader.BLOCK;
    private static final int FREE = 0;
    private static final int ZERO = 1;
    private static final int FIRST = 2;

    private final Storage storage;
    private final boolean writable;
    private final long dataPosition;
    private final Set<ToyBug> bugs;
    private volatile ImageInfo info;
    private volatile AtomicIntegerArray table;

    private final BitSet used = new BitSet(); // blocks of storage that the table names
    private final BitSet reserved = new BitSet();
    private final BitSet released = new BitSet();
    private final TreeSet<Integer> dirty = new TreeSet<>(); // entries
    private boolean headerDirty;
    private boolean damaged;

    ToyImage(Storage storage, boolean writable, ToyHeader header, Set<ToyBug> bugs) throws IOException {
        this.storage = storage;
        this.writable = writable;
        this.bugs = bugs;
        dataPosition = header.dataPosition();
        info = header.info();
        table = load(Math.toIntExact(ToyHeader.blocks(info.size())));
        damaged = examine(new CheckReport.Builder(), false) > 0;
    }

    private AtomicIntegerArray load(int blocks) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(blocks * 4);
        storage.read(bytes, ToyHeader.BYTES);
        int[] entries = new int[blocks];
        bytes.flip().asIntBuffer().get(entries);
        return new AtomicIntegerArray(entries);
    }

    @Override
    public ImageInfo info() {
        return info;
    }

    @Override
    public Run map(long offset, long length) throws IOException {
        AtomicIntegerArray entries = table;
        int index = (int) (offset / BLOCK);
        int first = entries.getAcquire(index);
        long end = Math.min(info.size(), (index + 1L) * BLOCK);
        for (int next = index + 1; end < offset + length && next < entries.length(); next++) {
            int follows = first < FIRST && first >= 0 ? first : first + next - index;
            if (entries.getAcquire(next) != follows) {
                break;
            }
            end = Math.min(info.size(), (next + 1L) * BLOCK);
        }
        return run(offset, Math.min(end, offset + length) - offset, first);
    }

    private Run run(long offset, long length, int entry) throws IOException {
        if (entry == FREE) {
            return new Run.Free(offset, length);
        } else if (entry == ZERO) {
            return new Run.Zero(offset, length);
        }
        if (!bugs.contains(ToyBug.BELIEVES_ENTRIES) && outside(entry)) {
            throw new DiskException(
                    ErrorCode.CORRUPT,
                    "toy table: entry " + Integer.toUnsignedString(entry) + " at " + offset + " is outside the file");
        }
        return new Run.Data(offset, length, storage, position(entry - FIRST) + offset % BLOCK);
    }

    private boolean outside(int entry) throws IOException {
        return entry < FIRST || position(entry - FIRST) >= storage.size();
    }

    private long position(int block) {
        return dataPosition + (long) block * BLOCK;
    }

    @Override
    public Run.Data allocate(long offset, long length) throws IOException {
        checkChange();
        int first = (int) (offset / BLOCK);
        int last = (int) ((offset + length - 1) / BLOCK);
        BitSet taken = taken();
        int block = taken.nextClearBit(0);
        int count = 1;
        while (first + count <= last && !taken.get(block + count)) {
            count++;
        }
        if (!bugs.contains(ToyBug.RESERVES_TWICE)) {
            reserved.set(block, block + count);
        }
        long start = (long) first * BLOCK;
        return new Run.Data(start, Math.min(info.size() - start, (long) count * BLOCK), storage, position(block));
    }

    private BitSet taken() {
        BitSet taken = (BitSet) used.clone();
        taken.or(reserved);
        if (!bugs.contains(ToyBug.REUSES_AT_ONCE)) {
            taken.or(released);
        }
        return taken;
    }

    @Override
    public void remap(Run run) throws IOException {
        checkChange();
        if (info.is(ImageFlag.FIXED) && !(run instanceof Run.Data)) {
            throw new DiskException(ErrorCode.NOT_SUPPORTED, "fixed toy images cannot discard");
        }
        int first = (int) (run.offset() / BLOCK);
        int last = (int) ((run.end() - 1) / BLOCK);
        for (int index = first; index <= last; index++) {
            set(index, entry(run, index - first));
        }
    }

    private int entry(Run run, int index) {
        if (run instanceof Run.Data data) {
            return (int) ((data.position() - dataPosition) / BLOCK) + index + FIRST;
        }
        return run instanceof Run.Zero && !bugs.contains(ToyBug.ZERO_IS_FREE) ? ZERO : FREE;
    }

    private void set(int index, int entry) {
        int old = table.get(index);
        if (old == entry) {
            return;
        }
        if (old >= FIRST) {
            used.clear(old - FIRST);
            released.set(old - FIRST);
        }
        if (entry >= FIRST) {
            used.set(entry - FIRST);
            reserved.clear(entry - FIRST);
        }
        table.setRelease(index, entry);
        dirty.add(index);
    }

    @Override
    public void update(ImageAttributes attributes) throws IOException {
        checkChange();
        ImageInfo old = info;
        ImageInfo changed = old.withIdentity(
                        attributes.uuid().orElse(old.uuid()),
                        attributes.modificationUuid().orElse(old.modificationUuid()),
                        "")
                .withComment(attributes.comment().orElse(old.comment()))
                .withGeometry(
                        attributes.physical().or(old::physical),
                        attributes.logical().or(old::logical));
        if (attributes.parent().isPresent()) {
            changed = changed.withParent(attributes.parent().filter(link -> !link.equals(ParentLink.NONE)));
        }
        new ToyHeader(changed, dataPosition).encode();
        info = changed;
        headerDirty = !bugs.contains(ToyBug.LOSES_COMMENT);
    }

    @Override
    public void resize(long size) throws IOException {
        checkChange();
        if (!info.can(Capability.RESIZE) || size < info.size()) {
            throw new DiskException(ErrorCode.NOT_SUPPORTED, "toy images only grow, and not fixed ones");
        }
        long blocks = ToyHeader.blocks(size);
        if (blocks > (dataPosition - ToyHeader.BYTES) / 4) {
            throw new DiskException(ErrorCode.BAD_SIZE, "toy table: no room for " + blocks + " entries");
        }
        if (bugs.contains(ToyBug.GROWS_UNSAFELY)) {
            storage.write(ByteBuffer.wrap(new byte[ToyHeader.BYTES]), 0);
        }
        clearTail();
        flush();
        AtomicIntegerArray larger = new AtomicIntegerArray((int) blocks);
        for (int index = 0; index < table.length(); index++) {
            larger.set(index, table.get(index));
        }
        table = larger;
        info = info.withSize(size);
        headerDirty = true;
        flush();
    }

    private void clearTail() throws IOException {
        int last = table.get(table.length() - 1);
        int rest = (int) (info.size() % BLOCK);
        if (last >= FIRST && rest != 0 && !bugs.contains(ToyBug.SHOWS_OLD_TAIL)) {
            storage.zero(position(last - FIRST) + rest, BLOCK - rest);
        }
    }

    @Override
    public CheckReport check(Progress progress) throws IOException {
        CheckReport.Builder report = new CheckReport.Builder();
        examine(report, false);
        long leaked = blocksInFile() - Math.max(used.length(), Math.max(reserved.length(), released.length()));
        if (leaked > 0) {
            report.leak(leaked, "toy file: " + leaked + " blocks at its end are not used");
        }
        return report.report();
    }

    private long blocksInFile() throws IOException {
        return Math.max(0, storage.size() - dataPosition + BLOCK - 1) / BLOCK;
    }

    /** Finds, and on demand clears, entries that cannot be. Gives how many there are. */
    private int examine(CheckReport.Builder report, boolean clears) throws IOException {
        BitSet seen = new BitSet();
        long limit = Math.max(blocksInFile(), used.length());
        int faults = 0;
        for (int index = 0; index < table.length(); index++) {
            int entry = table.get(index);
            boolean outside = entry < 0 || entry - FIRST >= limit;
            boolean alias = !outside && entry >= FIRST && seen.get(entry - FIRST);
            if (outside || alias) {
                faults++;
                String what = "toy table: entry " + Integer.toUnsignedString(entry) + " is no block of its own";
                if (clears) {
                    table.set(index, FREE);
                    dirty.add(index);
                    report.repaired(Severity.ERROR, (long) index * BLOCK, what);
                } else {
                    report.error((long) index * BLOCK, what);
                }
            } else if (entry >= FIRST) {
                seen.set(entry - FIRST);
            }
        }
        used.clear();
        used.or(seen);
        return faults;
    }

    @Override
    public CheckReport repair(RepairMode mode, Progress progress) throws IOException {
        checkWritable();
        CheckReport.Builder report = new CheckReport.Builder();
        if (!bugs.contains(ToyBug.REPAIRS_NOTHING)) {
            examine(report, true);
            long leaked = blocksInFile() - used.length();
            if (leaked > 0) {
                report.repaired(Severity.LEAK, -1, "toy file: " + leaked + " blocks at its end were not used");
            }
        }
        damaged = false;
        flush();
        return report.report();
    }

    @Override
    public void flush() throws IOException {
        if (!writable || damaged) {
            return;
        }
        if (!bugs.contains(ToyBug.TABLE_BEFORE_DATA)) {
            storage.flush();
        }
        if (!dirty.isEmpty() || headerDirty) {
            writeTable();
            if (headerDirty) {
                storage.write(new ToyHeader(info, dataPosition).encode(), 0);
            }
            if (!bugs.contains(ToyBug.TABLE_NOT_FLUSHED)) {
                storage.flush();
            }
            headerDirty = false;
            dirty.clear();
        }
        giveBack();
    }

    /** Sector by sector, so that each is written whole or not at all. */
    private void writeTable() throws IOException {
        int sectorEntries = ToyHeader.BYTES / 4;
        TreeSet<Integer> sectors = new TreeSet<>();
        dirty.forEach(index -> sectors.add(index / sectorEntries));
        if (bugs.contains(ToyBug.FORGETS_FAILED_WRITES)) {
            dirty.clear();
        }
        for (int sector : sectors) {
            ByteBuffer bytes = ByteBuffer.allocate(ToyHeader.BYTES);
            for (int index = sector * sectorEntries; bytes.hasRemaining(); index++) {
                bytes.putInt(index < table.length() ? table.get(index) : FREE);
            }
            storage.write(bytes.flip(), ToyHeader.BYTES + (long) sector * ToyHeader.BYTES);
        }
    }

    private void giveBack() throws IOException {
        if (!bugs.contains(ToyBug.KEEPS_RESERVED)) {
            reserved.clear();
        }
        if (!bugs.contains(ToyBug.NEVER_REUSES)) {
            released.clear();
        }
        long end = position(taken().length());
        if (storage.size() > end && !bugs.contains(ToyBug.KEEPS_TAIL)) {
            storage.resize(end);
            storage.flush();
        }
    }

    @Override
    public void close() throws IOException {
        if (bugs.contains(ToyBug.CLOSES_STORAGE)) {
            storage.close();
        }
    }

    private void checkChange() throws DiskException {
        checkWritable();
        if (damaged) {
            throw new DiskException(ErrorCode.CORRUPT, "toy image: it is damaged, repair it before changing it");
        }
    }

    private void checkWritable() throws DiskException {
        if (!writable && !bugs.contains(ToyBug.IGNORES_READ_ONLY)) {
            throw new DiskException(ErrorCode.READ_ONLY, "toy image: it is open for reading only");
        }
    }
}
