// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.qcow2;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.platter.backend.qcow2.check.Check;
import org.platter.backend.qcow2.check.Repair;
import org.platter.backend.qcow2.check.Verification;
import org.platter.backend.qcow2.layout.Annexes;
import org.platter.backend.qcow2.layout.Bad;
import org.platter.backend.qcow2.layout.Clusters;
import org.platter.backend.qcow2.layout.Features;
import org.platter.backend.qcow2.layout.Head;
import org.platter.backend.qcow2.layout.Header;
import org.platter.backend.qcow2.layout.HeaderExtension;
import org.platter.backend.qcow2.layout.Snapshot;
import org.platter.backend.qcow2.stream.Codecs;
import org.platter.backend.qcow2.stream.Packer;
import org.platter.backend.qcow2.stream.StreamView;
import org.platter.backend.qcow2.table.Lookup;
import org.platter.backend.qcow2.table.Tidy;
import org.platter.backend.qcow2.table.Volume;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.format.CheckReport;
import org.platter.format.Image;
import org.platter.format.ImageAttributes;
import org.platter.format.ImageFlag;
import org.platter.format.ImageInfo;
import org.platter.format.ParentLink;
import org.platter.format.Progress;
import org.platter.format.RepairMode;
import org.platter.format.Run;
import org.platter.storage.ReadOnlyStorage;
import org.platter.storage.Storage;

/**
 * An open QCOW2 image. {@link #map} and {@link #info} are for any thread and take no lock. The rest is for one thread at
 * a time.
 *
 * <p>An image that is open for writing is <em>ready</em> when it has been verified and its header no longer promises what
 * a change would break. Small images are verified when they are opened, large ones by the first change. Until then, and
 * for good if the image is damaged, all data is on a storage that refuses to be changed, so that every write asks
 * {@link #allocate} first.
 */
final class Qcow2Image implements Image {
    /** Tables of up to so many bytes are verified at once. */
    private static final long AT_ONCE = 32L << 20;

    private static final int MOST_CLUSTERS = 1 << 15;

    private final Volume volume;
    private final Annexes annexes;
    private final Optional<Snapshot> shown;
    private final boolean writable;
    private final Codecs codecs;
    private final StreamView streams;
    private final Lookup lookup;
    private Optional<Packer> packer = Optional.empty();
    private Optional<String> damage = Optional.empty(); // of a verified image, empty for none
    private volatile boolean ready;
    private volatile ImageInfo info;

    Qcow2Image(Volume volume, Annexes annexes, Optional<Snapshot> shown, boolean writable) throws IOException {
        this.volume = volume;
        this.annexes = annexes;
        this.shown = shown;
        this.writable = writable;
        Clusters sizes = volume.sizes();
        codecs = new Codecs(volume.head().header().compression(), sizes.size());
        Storage storage = volume.storage();
        streams = new StreamView(
                storage,
                sizes.bits(),
                () -> volume.map().disk(),
                cluster -> StreamView.Place.of(cluster, volume.map().entry(cluster), sizes.bits()),
                codecs);
        boolean plain = !writable && volume.data().readOnly();
        Storage shared = plain
                ? volume.data()
                : new ReadOnlyStorage(
                        volume.data(),
                        ErrorCode.READ_ONLY,
                        storage.location() + ": this data belongs to a snapshot too, or must not be changed yet");
        boolean zeroFlag = volume.head().header().version() > 2;
        lookup = new Lookup(new Lookup.Places(volume.data(), shared, streams, volume.external()), zeroFlag);
        volume.onLetGo(streams::forget);
        info = Facts.of(volume.head().head(), annexes, shown);
    }

    /** Verifies the image if that is quickly done. */
    Qcow2Image verified() throws IOException {
        if (writable && tableBytes() <= AT_ONCE) {
            verify();
            ready = damage.orElseThrow().isEmpty() && !needsHeader();
        }
        return this;
    }

    private long tableBytes() throws IOException {
        long count = volume.refcounts().tableClusters();
        for (long i = 0; i < volume.refcounts().tableSize(); i++) {
            count += volume.refcounts().block(i) == 0 ? 0 : 1;
        }
        for (long i = 0; i < volume.map().l1Size(); i++) {
            count += volume.map().l1(i) == 0 ? 0 : 1;
        }
        for (Snapshot each : annexes.snapshots().snapshots()) {
            count += each.l1Size();
        }
        return count * volume.sizes().size();
    }

    private void verify() throws IOException {
        damage = Optional.of(new Verification(volume, annexes).run());
    }

    /** The image that has just been made compresses what comes in order. */
    void pack() {
        packer = Optional.of(new Packer(volume, codecs));
    }

    @Override
    public ImageInfo info() {
        return info;
    }

    @Override
    public Run map(long offset, long length) throws IOException {
        return lookup.find(volume.map(), ready, offset, length);
    }

    /** Makes the image ready, or says why it must not be changed. */
    private void prepare() throws IOException {
        requireWritable();
        if (ready) {
            return;
        }
        if (damage.isEmpty()) {
            verify();
        }
        if (!damage.get().isEmpty()) {
            throw new DiskException(ErrorCode.CORRUPT, damage.get() + "; the image can be changed when it is repaired");
        }
        if (volume.head().header().has(Features.DIRTY)) {
            new Repair(volume, annexes, RepairMode.SAFE).run(Progress.NONE);
        }
        cleanHeader();
        ready = true;
    }

    /** True if the header says what is no longer so after a change. */
    private boolean needsHeader() {
        Header header = volume.head().header();
        return header.has(Features.DIRTY) || header.autoclear() != keptAutoclear(header);
    }

    private static long keptAutoclear(Header header) {
        return header.has(Features.DATA_FILE) ? header.autoclear() & Features.RAW_DATA : 0;
    }

    private void cleanHeader() throws IOException {
        Header header = volume.head().header();
        volume.head().replace(header.withFeatures(header.incompatible(), keptAutoclear(header)));
        refreshInfo();
    }

    private void refreshInfo() throws DiskException {
        info = Facts.of(volume.head().head(), annexes, shown);
    }

    private void requireWritable() throws DiskException {
        if (!writable) {
            throw new DiskException(ErrorCode.READ_ONLY, volume.storage().location() + ": is open for reading only");
        }
    }

    @Override
    public Run.Data allocate(long offset, long length) throws IOException {
        prepare();
        if (offset < 0 || length <= 0 || length > volume.map().disk() - offset) {
            throw new IllegalArgumentException(offset + "+" + length + " is no range of the disk");
        }
        if (packer.isPresent() && packer.get().takes(offset)) {
            return packer.get().allocate(offset, length);
        }
        return new Rooms(volume).allocate(offset, length, MOST_CLUSTERS);
    }

    @Override
    public void remap(Run run) throws IOException {
        prepare();
        Clusters sizes = volume.sizes();
        long from = sizes.of(run.offset());
        long to = sizes.up(run.end());
        boolean data = run instanceof Run.Data;
        if (run.end() > volume.map().disk() || !data && !whole(run)) {
            throw new IllegalArgumentException(run + " is not whole clusters of " + sizes.size());
        }
        if (run instanceof Run.Data shownNow && packer.isPresent() && shownNow.storage() == packer.get()) {
            for (long cluster = from; cluster < to; cluster++) {
                packer.get().show(cluster);
            }
        } else if (run instanceof Run.Data shownNow) {
            new Rooms(volume).show(shownNow);
        } else {
            clear(run, from, to);
        }
        volume.commitIfLarge();
    }

    private boolean whole(Run run) {
        long mask = volume.sizes().size() - 1;
        return (run.offset() & mask) == 0
                && ((run.end() & mask) == 0 || run.end() == volume.map().disk());
    }

    private void clear(Run run, long from, long to) throws IOException {
        boolean zero = run instanceof Run.Zero && info.is(ImageFlag.DIFF);
        if (zero && volume.head().header().version() == 2) {
            throw Bad.unsupported("compat 0.10 has no zero marks, which would hide the backing file");
        }
        if (volume.external() && (volume.head().header().autoclear() & Features.RAW_DATA) != 0) {
            volume.data().zero(run.offset(), run.length());
        }
        volume.clear(from, to, zero);
    }

    @Override
    public void update(ImageAttributes attributes) throws IOException {
        requireWritable();
        if (attributes.uuid().isPresent()
                || attributes.modificationUuid().isPresent()
                || attributes.comment().isPresent()
                || attributes.physical().isPresent()
                || attributes.logical().isPresent()) {
            throw Bad.unsupported("images have no UUIDs, no comment and no geometry");
        }
        if (attributes.parent().isPresent()) {
            prepare();
            volume.head()
                    .replace(linked(volume.head().head(), attributes.parent().get()));
            refreshInfo();
        }
    }

    /** The head with another parent. A format that was stored for another one is not said of this. */
    private static Head linked(Head head, ParentLink link) throws DiskException {
        String name = link.hints().isEmpty() ? "" : link.hints().get(0);
        if (name.isEmpty()) {
            if (link.equals(ParentLink.NONE)) {
                return head.withExtension(HeaderExtension.FORMAT, new byte[0]).withBacking("");
            }
            throw Bad.value("a backing file needs a name");
        }
        if (name.getBytes(StandardCharsets.UTF_8).length > 1023) {
            throw Bad.value("the name of the backing file is longer than 1023 bytes: " + name);
        }
        Head kept = name.equals(head.backing()) ? head : head.withExtension(HeaderExtension.FORMAT, new byte[0]);
        return kept.withBacking(name);
    }

    @Override
    public void resize(long size) throws IOException {
        prepare();
        flush();
        new Resize(volume).run(size, offset -> map(offset, volume.map().disk() - offset));
        refreshInfo();
    }

    @Override
    public CheckReport check(Progress progress) throws IOException {
        Volume present = shown.isEmpty()
                ? volume
                : new Volume(volume.storage(), volume.data(), volume.head().head());
        return new Check(present, annexes).run(progress);
    }

    @Override
    public CheckReport repair(RepairMode mode, Progress progress) throws IOException {
        requireWritable();
        flush();
        ready = false;
        CheckReport report = new Repair(volume, annexes, mode).run(progress);
        streams.forgetAll();
        verify();
        ready = damage.orElseThrow().isEmpty() && !needsHeader();
        refreshInfo();
        return report;
    }

    /** Nothing can have been changed before the image is ready. */
    @Override
    public void flush() throws IOException {
        if (!ready) {
            return;
        }
        packer.ifPresent(Packer::forget);
        volume.giveBack();
        volume.dropEmptyTables();
        boolean letGo = volume.hasLetGo();
        volume.commit();
        if (letGo) {
            new Tidy(volume).run();
        }
    }

    /** The storages belong to the platform. */
    @Override
    public void close() {
        streams.close();
        codecs.close();
    }
}
