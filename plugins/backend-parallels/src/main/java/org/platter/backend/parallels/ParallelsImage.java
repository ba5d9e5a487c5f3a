// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.parallels;

import java.io.IOException;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Set;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.format.Capability;
import org.platter.format.CheckReport;
import org.platter.format.CheckReport.Severity;
import org.platter.format.Geometry;
import org.platter.format.Image;
import org.platter.format.ImageAttributes;
import org.platter.format.ImageInfo;
import org.platter.format.Progress;
import org.platter.format.RepairMode;
import org.platter.format.Run;
import org.platter.storage.ReadOnlyStorage;
import org.platter.storage.Storage;
import org.platter.table.BlockAllocator;
import org.platter.table.EntryTable;

/**
 * An open expanding image. {@link #map} and {@link #info} are for any thread, the rest for one at a time. When it is
 * opened for writing all entries are verified; a damaged image opens all the same, to be repaired, and its data cannot be
 * changed until then.
 *
 * <p>What reaches the file in which order: the in-use mark and data, a flush, entries, a flush, and then the mark goes,
 * the end is cut off and holes are punched. So a loss of power leaves whole entries that name whole data, and at worst
 * the mark and unused clusters at the end.
 */
final class ParallelsImage implements Image {
    /** Most entries of an image that is written: more would take too long to verify. */
    static final long MOST_BLOCKS = 1L << 26;

    private static final long MOST_CLUSTERS = BlockAllocator.MOST;
    private static final long MOST_RUN = 1L << 18; // entries that one answer looks at
    private static final int HEADS = 16; // of the geometry of a new image, which nobody needs
    private static final int TRACK = 32;
    private static final Geometry GEOMETRY = new Geometry(1, 1, 1);
    private static final ImageAttributes GEOMETRIES =
            ImageAttributes.NONE.withPhysical(GEOMETRY).withLogical(GEOMETRY);
    private static final Set<Capability> READ = Set.of(Capability.ASYNC, Capability.FILE, Capability.CHECK);

    private final Storage storage;
    private final Storage frozen;
    private final boolean writable;
    private final EntryTable table;
    private volatile ParallelsHeader header;
    private volatile BlockAllocator clusters = new BlockAllocator(); // of the file, empty where it is only read
    private boolean marked; // by us, with changes that are not durable
    private volatile String damage = "";
    private volatile long fileEnd; // as it was when opened or repaired
    private volatile ImageInfo info;

    private ParallelsImage(Storage storage, ParallelsHeader header, boolean writable) throws IOException {
        this.storage = storage;
        this.header = header;
        this.writable = writable;
        String reason = storage.location() + ": the image must not be changed before it is repaired";
        frozen = new ReadOnlyStorage(storage, ErrorCode.READ_ONLY, reason);
        table = EntryTable.contiguous(storage, ByteOrder.LITTLE_ENDIAN, ParallelsHeader.BYTES, header.entries());
        load();
    }

    static ParallelsImage opened(Storage storage, boolean writable) throws IOException {
        ParallelsHeader header = ParallelsBackend.header(storage).validated(storage.size());
        if (writable && header.extension() != 0) {
            throw new DiskException(
                    ErrorCode.NOT_SUPPORTED,
                    "Parallels header: format extension at sector " + Long.toUnsignedString(header.extension())
                            + ", which changes would make wrong; the image can only be read");
        }
        if (writable && header.blocks() > MOST_BLOCKS) {
            throw new DiskException(
                    ErrorCode.BAD_SIZE, "Parallels header: " + header.blocks() + " clusters can only be read");
        }
        return new ParallelsImage(storage, header, writable);
    }

    /** Writes an image without content; the header comes last. */
    static void create(Storage storage, long size, long cluster, long blocks) throws IOException {
        long sectors = size / ParallelsHeader.SECTOR;
        long start = (ParallelsHeader.BYTES + blocks * Integer.BYTES + cluster - 1) / cluster * cluster;
        ParallelsHeader made = new ParallelsHeader(
                ParallelsHeader.EXTENDED,
                ParallelsHeader.VERSION,
                HEADS,
                (int) Math.min(sectors / (HEADS * TRACK), Integer.MAX_VALUE),
                (int) (cluster / ParallelsHeader.SECTOR),
                blocks,
                sectors,
                0,
                start / ParallelsHeader.SECTOR,
                0,
                0);
        storage.resize(start);
        storage.flush();
        storage.write(made.encode(), 0);
        storage.flush();
    }

    private void load() throws IOException {
        fileEnd = storage.size();
        String[] first = {""};
        if (writable) {
            clusters = scan(Progress.NONE, (block, fault) -> first[0] = first[0].isEmpty() ? fault : first[0]);
        }
        damage = first[0];
        boolean foreign = header.inUse() == ParallelsHeader.IN_USE;
        info = ImageInfo.of(
                        Integer.toString(header.version()),
                        header.size(),
                        header.clusterSize(),
                        Set.of(),
                        writable ? ParallelsBackend.CAPABILITIES : READ)
                .withNotes(
                        foreign
                                ? List.of("The image is marked as in use: who wrote it last did not close it.")
                                : List.of());
    }

    @Override
    public ImageInfo info() {
        return info;
    }

    @Override
    public Run map(long offset, long length) throws IOException {
        if (offset < 0 || length <= 0 || length > info.size() - offset) {
            throw new IllegalArgumentException(offset + "+" + length + " is no range of " + info.size() + " bytes");
        }
        long cluster = header.clusterSize();
        long block = offset / cluster;
        long last = Math.min((offset + length - 1) / cluster + 1, block + MOST_RUN);
        int entry = table.get(block);
        long next = entry == 0 ? table.runEnd(block, last) : block + 1;
        while (entry != 0 && next < last && table.get(next) == entry + (next - block) * (cluster / header.unit())) {
            next++;
        }
        long end = Math.min(next * cluster, offset + length);
        if (entry == 0) {
            return new Run.Free(offset, end - offset);
        }
        long position = position(entry) + offset % cluster;
        if (writable && damage.isEmpty()) {
            return new Run.Data(offset, end - offset, storage, position);
        }
        long there = Math.min(end - offset, (fileEnd - position) / ParallelsHeader.SECTOR * ParallelsHeader.SECTOR);
        if (there <= 0 || position < header.dataStart()) {
            throw new DiskException(ErrorCode.CORRUPT, fault(block, position, "not in the data of the file"));
        }
        return new Run.Data(offset, there, writable ? frozen : storage, position);
    }

    private long position(int entry) {
        return Integer.toUnsignedLong(entry) * header.unit();
    }

    private long position(long index) {
        return header.dataStart() + index * header.clusterSize();
    }

    private String fault(long block, long position, String what) {
        return "Parallels table: cluster " + block + " is at " + position + ", " + what + " from " + header.dataStart()
                + " to " + fileEnd;
    }

    /** Looks at all entries but those that others touch meanwhile; gives the clusters of the file that are named. */
    private BlockAllocator scan(Progress progress, Faults faults) throws IOException {
        BlockAllocator found = new BlockAllocator();
        long end = Math.max(fileEnd, position(clusters.end()));
        for (long block = 0, told = 0; block < header.blocks(); block++) {
            if (block - told >= 1 << 16) {
                progress.advance((block - told) * Integer.BYTES);
                told = block;
            }
            int entry = table.get(block);
            if (entry == 0) {
                block = table.runEnd(block, Math.min(header.blocks(), told + (1 << 17))) - 1;
                continue;
            }
            long index = (position(entry) - header.dataStart()) / header.clusterSize();
            long visible = Math.min(header.clusterSize(), header.size() - block * header.clusterSize());
            boolean inside = position(entry) >= header.dataStart() && position(entry) + visible <= end;
            if (index >= 0 && clusters.touched(index, index + 1)) {
                continue;
            }
            if (!inside || index >= MOST_CLUSTERS || position(index) != position(entry)) {
                faults.found(block, fault(block, position(entry), "no place of a cluster"));
            } else if (!found.use(index, index + 1)) {
                faults.found(block, fault(block, position(entry), "as is another, in the data"));
            }
        }
        return found;
    }

    /** Who is told of faults. */
    private interface Faults {
        void found(long block, String what) throws IOException;
    }

    @Override
    public Run.Data allocate(long offset, long length) throws IOException {
        requireSound();
        mark();
        long cluster = header.clusterSize();
        long block = offset / cluster;
        long wanted = Math.min((offset + length - 1) / cluster + 1 - block, MOST_RUN);
        long limit = (0xFFFF_FFFFL * header.unit() - header.dataStart()) / cluster;
        BlockAllocator.Places places = clusters.reserve(block, 1, wanted, 0, limit)
                .orElseThrow(() -> new DiskException(
                        ErrorCode.BAD_SIZE, "Parallels: no entry can name cluster " + limit + " of the file"));
        long end = Math.min((block + places.count()) * cluster, header.size());
        long rest = (block + places.count()) * cluster - end;
        if (rest > 0) {
            storage.zero(position(places.to()) - rest, rest);
        }
        return new Run.Data(block * cluster, end - block * cluster, storage, position(places.from()));
    }

    @Override
    public void remap(Run run) throws IOException {
        requireSound();
        long cluster = header.clusterSize();
        long from = run.offset() / cluster;
        long to = (run.end() - 1) / cluster + 1;
        if (from * cluster != run.offset() || run.end() != Math.min(to * cluster, header.size())) {
            throw new IllegalArgumentException(run + " is not whole clusters of " + cluster);
        }
        long first = run instanceof Run.Data data ? (data.position() - header.dataStart()) / cluster : 0;
        if (run instanceof Run.Data data
                && (data.position() != position(first) || !clusters.reserved(first, first + to - from))) {
            throw new IllegalArgumentException(run + ": its storage has not been allocated");
        }
        mark();
        for (long block = from; block < to; block++) {
            int old = table.get(block);
            if (run instanceof Run.Data) {
                long place = first + block - from;
                table.set(block, (int) (position(place) / header.unit()));
                clusters.name(block, place, place + 1);
            } else if (old == 0) {
                block = table.runEnd(block, to) - 1;
            } else {
                table.set(block, 0);
            }
            if (old != 0) {
                long index = (position(old) - header.dataStart()) / cluster;
                clusters.release(index, index + 1);
            }
        }
    }

    /** Says in the file that its table may be behind; durable before the table changes. */
    private void mark() throws IOException {
        if (!marked) {
            storage.write(header.withInUse(ParallelsHeader.IN_USE).encode(), 0);
            marked = true;
        }
    }

    @Override
    public void update(ImageAttributes attributes) throws IOException {
        requireWritable();
        if (!attributes.withPhysical(GEOMETRY).withLogical(GEOMETRY).equals(GEOMETRIES)) {
            throw new DiskException(ErrorCode.NOT_SUPPORTED, "Parallels: images have no UUIDs, parent and comment");
        }
        ImageInfo old = info; // geometries are kept until the image is closed
        info = old.withGeometry(
                attributes.physical().or(old::physical), attributes.logical().or(old::logical));
    }

    @Override
    public CheckReport check(Progress progress) throws IOException {
        CheckReport.Builder report = new CheckReport.Builder();
        BlockAllocator found;
        clusters.watch();
        try {
            found = scan(progress, (block, fault) -> report.error(block * header.clusterSize(), fault));
        } finally {
            clusters.unwatch();
        }
        if (header.inUse() == ParallelsHeader.IN_USE) {
            report.error(-1, "Parallels header: marked as in use, not closed by who wrote it last");
        }
        long leaked = leaked(Math.max(found.end(), clusters.end()));
        if (leaked > 0) {
            report.leak(leaked, leak(leaked));
        }
        return report.report();
    }

    private long leaked(long clusters) throws IOException {
        return (Math.max(0, storage.size() - position(clusters)) + header.clusterSize() - 1) / header.clusterSize();
    }

    private static String leak(long clusters) {
        return "Parallels file: " + clusters + " clusters at its end belong to no cluster of the disk";
    }

    @Override
    public CheckReport repair(RepairMode mode, Progress progress) throws IOException {
        requireWritable();
        settle();
        CheckReport.Builder report = new CheckReport.Builder();
        scan(progress, (block, fault) -> {
            long offset = block * header.clusterSize();
            if (mode == RepairMode.LOSSY) {
                mark();
                table.set(block, 0);
                report.repaired(
                        Severity.ERROR, offset, fault + "; these bytes of the disk are lost and read as zeroes");
            } else {
                report.error(offset, fault + "; a lossy repair makes these bytes of the disk zeroes");
            }
        });
        if (header.inUse() == ParallelsHeader.IN_USE && (mode == RepairMode.LOSSY || damage.isEmpty())) {
            report.repaired(Severity.ERROR, -1, "Parallels header: marked as in use");
            header = header.withInUse(0);
            marked = true;
        }
        storeTable();
        load();
        long leaked = leaked(clusters.end());
        if (leaked > 0 && damage.isEmpty()) {
            report.repaired(Severity.LEAK, -1, leak(leaked));
        }
        finish(clusters.settle());
        return report.report();
    }

    @Override
    public void flush() throws IOException {
        if (writable) {
            finish(settle());
        }
    }

    /** Makes the map durable; gives the clusters that it names no longer. */
    private List<BlockAllocator.Places> settle() throws IOException {
        clusters.giveBack();
        storeTable();
        return clusters.settle();
    }

    private void finish(List<BlockAllocator.Places> holes) throws IOException {
        if (!damage.isEmpty()) {
            return;
        }
        if (marked) {
            storage.write(header.encode(), 0);
            marked = false;
        }
        long end = position(clusters.end());
        if (storage.size() > end) {
            storage.resize(end);
        }
        for (BlockAllocator.Places hole : holes) {
            if (position(hole.from()) < end) {
                storage.discard(position(hole.from()), Math.min(end, position(hole.to())) - position(hole.from()));
            }
        }
    }

    private void storeTable() throws IOException {
        storage.flush();
        if (table.changed()) {
            table.flush();
            storage.flush();
        }
    }

    private void requireSound() throws DiskException {
        requireWritable();
        if (!damage.isEmpty()) {
            throw new DiskException(ErrorCode.CORRUPT, damage + "; the image can be changed when it is repaired");
        }
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
