// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.vmdk;

import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.platter.backend.vmdk.descriptor.Descriptor;
import org.platter.backend.vmdk.descriptor.DescriptorPlace;
import org.platter.backend.vmdk.descriptor.ExtentLine;
import org.platter.backend.vmdk.descriptor.LineScanner;
import org.platter.backend.vmdk.extent.Bad;
import org.platter.backend.vmdk.extent.Extent;
import org.platter.backend.vmdk.extent.ZeroExtent;
import org.platter.backend.vmdk.meta.Attributes;
import org.platter.backend.vmdk.meta.DescriptorText;
import org.platter.backend.vmdk.meta.LeftoverExtents;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.format.Capability;
import org.platter.format.CheckReport;
import org.platter.format.Geometry;
import org.platter.format.Image;
import org.platter.format.ImageAttributes;
import org.platter.format.ImageContext;
import org.platter.format.ImageFlag;
import org.platter.format.ImageInfo;
import org.platter.format.ParentLink;
import org.platter.format.Progress;
import org.platter.format.RepairMode;
import org.platter.format.Run;
import org.platter.storage.Storage;

/** One open VMDK of any variant: a descriptor and extents. Threading is that of {@link Image}. */
final class VmdkImage implements Image {
    /**
     * What an image is made of.
     *
     * @param main the storage of the descriptor
     * @param place where the descriptor is kept
     * @param flags the variant, without {@code DIFF}
     * @param version of the format, for people
     * @param refusal why it can only be read, or empty
     * @param block bytes of a block as far as is known without opening extents
     * @param names of the other files
     * @param notes what the user should know of the files
     */
    record Parts(
            Storage main,
            DescriptorPlace place,
            Set<ImageFlag> flags,
            String version,
            String refusal,
            long block,
            List<String> names,
            List<String> notes) {}

    private final ImageContext context;
    private final Parts parts;
    private volatile ExtentList extents;
    private volatile ImageInfo info;
    private Descriptor descriptor;
    private volatile boolean changed; // the descriptor, since it was stored
    private final List<String> added = new ArrayList<>(); // names of extents that were made
    private boolean untracked; // the key of a tracking file was dropped

    VmdkImage(ImageContext context, Parts parts, Descriptor descriptor, List<Extent> extents) throws DiskException {
        this.context = context;
        this.parts = parts;
        this.descriptor = descriptor;
        this.extents = new ExtentList(extents);
        info = look();
    }

    private ImageInfo look() throws DiskException {
        Attributes attributes = new Attributes(descriptor);
        Optional<ParentLink> parent = attributes.parent();
        Set<ImageFlag> flags = EnumSet.noneOf(ImageFlag.class);
        flags.addAll(parts.flags());
        if (parent.isPresent()) {
            flags.add(ImageFlag.DIFF);
        }
        long size = descriptor.extents().stream().mapToLong(ExtentLine::bytes).sum();
        long block = extents.all().stream().mapToLong(Extent::blockSize).max().orElse(parts.block());
        return ImageInfo.of(parts.version(), size, block, flags, capabilities())
                .withIdentity(
                        attributes.uuid(Attributes.IMAGE_UUID),
                        attributes.uuid(Attributes.MODIFICATION_UUID),
                        attributes.contentId())
                .withParent(parent)
                .withComment(attributes.comment())
                .withGeometry(attributes.physical(), attributes.logical())
                .withParts(names())
                .withNotes(notes(attributes));
    }

    /** Extents that were made since count as well. */
    private List<String> names() {
        List<String> names = new ArrayList<>(parts.names());
        names.addAll(added);
        return names;
    }

    private List<String> notes(Attributes attributes) {
        List<String> notes = new ArrayList<>(parts.notes());
        notes.addAll(attributes.notes());
        descriptor
                .value(Attributes.CHANGE_TRACK_PATH)
                .ifPresent(path -> notes.add("VMDK: another program tracks the changes of this disk in "
                        + LineScanner.shown(path) + "; the first change here ends that"));
        if (untracked) {
            notes.add("VMDK: a change has ended the tracking of changes by another program; its next backup is full");
        }
        return notes;
    }

    private Set<Capability> capabilities() {
        Set<Capability> all = EnumSet.copyOf(VmdkBackend.CAPABILITIES);
        List<Extent> real = extents.all().stream()
                .filter(extent -> !(extent instanceof ZeroExtent))
                .toList();
        if (real.isEmpty() || !real.stream().allMatch(Extent::dynamic)) {
            all.removeAll(Set.of(Capability.DISCARD, Capability.COMPACT, Capability.REPAIR));
        }
        if (extents.count() == 0 || !new Growth(extents, parts.flags()).possible()) {
            all.remove(Capability.RESIZE);
        }
        return all;
    }

    @Override
    public ImageInfo info() {
        return info;
    }

    @Override
    public Run map(long offset, long length) throws IOException {
        ExtentList now = extents;
        if (now.count() == 0) {
            throw new DiskException(ErrorCode.BAD_STATE, "VMDK: open for its attributes only");
        }
        return now.map(offset, length);
    }

    private void checkWritable() throws DiskException {
        if (!context.writable()) {
            throw Bad.readOnly("VMDK: open for reading");
        }
        if (!parts.refusal().isEmpty()) {
            throw Bad.readOnly("VMDK: " + parts.refusal());
        }
    }

    /**
     * A file that tracks changes knows nothing of ours: whoever believes it would make a wrong backup. Therefore the
     * descriptor stops naming it, durably, before the first byte changes.
     */
    private void endTracking() throws IOException {
        if (descriptor.value(Attributes.CHANGE_TRACK_PATH).isPresent()) {
            untracked = true;
            change(descriptor.without(Attributes.CHANGE_TRACK_PATH));
            store();
        }
    }

    @Override
    public Run.Data allocate(long offset, long length) throws IOException {
        checkWritable();
        checkSound();
        endTracking();
        ExtentList now = extents;
        int index = now.find(offset);
        long start = now.start(index);
        long most = Math.min(length, now.start(index + 1) - offset);
        return ExtentList.shifted(now.get(index).allocate(offset - start, most), start);
    }

    @Override
    public void remap(Run run) throws IOException {
        checkWritable();
        endTracking();
        ExtentList now = extents;
        for (long at = run.offset(); at < run.end(); ) {
            int index = now.find(at);
            long start = now.start(index);
            long past = Math.min(run.end(), now.start(index + 1));
            remap(now.get(index), ExtentList.shifted(run.clip(at, past - at), -start));
            at = past;
        }
    }

    private void remap(Extent extent, Run run) throws IOException {
        if (extent instanceof ZeroExtent && !(run instanceof Run.Data)) {
            return;
        }
        if (!(run instanceof Run.Zero) || extent.zeroMarks()) {
            extent.remap(run);
        } else if (info.is(ImageFlag.DIFF)) {
            throw Bad.unsupported("VMDK: this image has no marks for zeroes, which would hide its parent");
        } else {
            extent.remap(new Run.Free(run.offset(), run.length()));
        }
    }

    @Override
    public void update(ImageAttributes attributes) throws IOException {
        if (!describable()) {
            checkWritable();
        }
        checkSound();
        boolean child =
                attributes.parent().isPresent() && !attributes.parent().get().equals(ParentLink.NONE);
        if (child && info.is(ImageFlag.FIXED)) {
            throw Bad.unsupported("VMDK: a fixed image cannot have a parent");
        }
        Descriptor wanted = Attributes.apply(descriptor, attributes);
        parts.place().checkRoom(wanted);
        endTracking();
        change(Attributes.apply(descriptor, attributes));
    }

    /** True if the descriptor can be changed, whatever holds for the data: that of a stream is in an area of its own. */
    private boolean describable() {
        return context.writable() && parts.flags().contains(ImageFlag.STREAM_OPTIMIZED);
    }

    /**
     * Fails before anything changes if an extent is too damaged to be written: a new content id on old content would cut
     * off all children for a write that never comes.
     */
    private void checkSound() throws IOException {
        for (Extent each : extents.all()) {
            each.checkSound();
        }
    }

    private void change(Descriptor wanted) throws DiskException {
        parts.place().checkRoom(wanted);
        Descriptor before = descriptor;
        descriptor = wanted;
        try {
            info = look();
        } catch (DiskException e) {
            descriptor = before;
            throw e;
        }
        changed = true;
    }

    @Override
    public void resize(long size) throws IOException {
        checkWritable();
        if (size == info.size()) {
            return;
        }
        if (size < info.size()) {
            throw Bad.unsupported("VMDK: cannot shrink from " + info.size() + " to " + size + " bytes");
        }
        checkSound();
        endTracking();
        flush();
        Growth growth = new Growth(extents, parts.flags());
        int now = descriptor.extents().size();
        List<ExtentLine> lines = growth.grow(context, descriptor.extents(), size);
        Descriptor wanted = descriptor.withExtents(lines);
        if (info.physical().isPresent()
                && info.physical().get().equals(DescriptorText.geometry(info.size(), descriptor))) {
            Geometry physical = DescriptorText.geometry(size, descriptor);
            wanted = Attributes.apply(wanted, ImageAttributes.NONE.withPhysical(physical));
        }
        List<Extent> all = new ArrayList<>(extents.all());
        all.addAll(growth.added());
        extents = new ExtentList(all);
        lines.subList(now, lines.size()).forEach(line -> added.add(line.name()));
        change(wanted);
        store();
    }

    @Override
    public CheckReport check(Progress progress) throws IOException {
        CheckReport.Builder report = new CheckReport.Builder();
        ExtentList now = extents;
        for (int i = 0; i < now.count(); i++) {
            now.get(i).check(report, now.start(i), progress);
        }
        LeftoverExtents.report(context, descriptor.extents(), report);
        return report.report();
    }

    @Override
    public CheckReport repair(RepairMode mode, Progress progress) throws IOException {
        checkWritable();
        if (!info.can(Capability.REPAIR)) {
            throw Bad.unsupported("VMDK: this variant has no tables that could be repaired");
        }
        CheckReport.Builder report = new CheckReport.Builder();
        ExtentList now = extents;
        for (int i = 0; i < now.count(); i++) {
            now.get(i).repair(report, now.start(i), mode, progress);
        }
        return report.report();
    }

    @Override
    public void flush() throws IOException {
        if (!context.writable()) {
            return;
        }
        for (Extent each : parts.refusal().isEmpty() ? extents.all() : List.<Extent>of()) {
            each.flush();
        }
        if (changed) {
            store();
        }
    }

    private void store() throws IOException {
        parts.place().write(descriptor);
        parts.main().flush();
        changed = false;
    }

    @Override
    public void close() throws IOException {
        IOException first = null;
        for (Extent each : extents.all()) {
            try {
                each.close();
            } catch (IOException e) {
                first = first == null ? e : first;
            }
        }
        if (first != null) {
            throw first;
        }
    }
}
