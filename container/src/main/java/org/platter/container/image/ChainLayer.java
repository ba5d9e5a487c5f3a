// SPDX-License-Identifier: Apache-2.0
package org.platter.container.image;

import java.io.IOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.platter.container.format.Drafts;
import org.platter.container.format.Failures;
import org.platter.container.format.FormatProvider;
import org.platter.container.format.Locations;
import org.platter.container.format.Platform;
import org.platter.disk.OpenFlag;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.format.Capability;
import org.platter.format.CheckReport;
import org.platter.format.Image;
import org.platter.format.ImageAttributes;
import org.platter.format.ImageFlag;
import org.platter.format.ImageInfo;
import org.platter.format.Progress;
import org.platter.format.RepairMode;
import org.platter.format.Run;

/**
 * An image in its place: keeps what is needed to open it anew, and what its disk must know of it. The image itself comes
 * and goes only while nobody is inside the disk.
 */
public final class ChainLayer {
    private final Platform formats;
    private final Map<String, String> config;

    private volatile LayerStorages storages;
    private volatile FormatProvider format;
    private volatile GuardedImage image; // null while suspended, failed or closed
    private volatile ImageInfo lastInfo;
    private volatile Set<OpenFlag> flags; // in force
    private volatile Set<OpenFlag> wanted; // what the caller asked for
    private volatile String reason = "";
    private volatile boolean zeroMarks;
    private final LayerLoss loss = new LayerLoss(this::shown);
    private final LayerReopening reopening = new LayerReopening(this);
    private final LayerFlush flush = new LayerFlush(this);
    private final LayerFacts facts = new LayerFacts();

    ChainLayer(
            Platform formats,
            FormatProvider format,
            LayerStorages storages,
            Map<String, String> config,
            Set<OpenFlag> flags) {
        this.formats = formats;
        this.format = format;
        this.storages = storages;
        this.config = Map.copyOf(config);
        this.flags = Set.copyOf(flags);
        this.wanted = Set.copyOf(flags);
    }

    Platform formats() {
        return formats;
    }

    /** What is known of it besides what the image says. */
    public LayerFacts facts() {
        return facts;
    }

    /** What users should know: of the image, its format and its parent. */
    public List<String> notes() {
        List<String> all = new ArrayList<>(facts.notes());
        all.addAll(info().notes());
        return List.copyOf(all);
    }

    /** What else than its main file the image would have read, for people. */
    List<String> elsewhere() {
        Set<String> others = new LinkedHashSet<>(info().parts());
        files().stream()
                .filter(file -> !file.equals(place()))
                .map(Locations::name)
                .forEach(others::add);
        info().parent()
                .ifPresent(link -> others.add(
                        link.hints().isEmpty()
                                ? "a parent"
                                : "the parent " + link.hints().get(0)));
        return List.copyOf(others);
    }

    /** A call that may fail. */
    public interface Change<T> {
        T run() throws IOException;
    }

    /** Where it is, with all that the caller gave. */
    public URI place() {
        return storages.location();
    }

    /** Where it is, or will be when it is complete, for people. */
    public String shown() {
        return Drafts.show(storages.location());
    }

    public LayerStorages storages() {
        return storages;
    }

    public FormatProvider format() {
        return format;
    }

    /** True while an image is open here. */
    public boolean attached() {
        return image != null;
    }

    /** The flags in force. */
    public Set<OpenFlag> flags() {
        return flags;
    }

    /** What the caller asked for. */
    public Set<OpenFlag> wanted() {
        return wanted;
    }

    public void want(Set<OpenFlag> asked) {
        wanted = Set.copyOf(asked);
    }

    public boolean has(OpenFlag flag) {
        return flags.contains(flag);
    }

    public boolean readOnly() {
        return has(OpenFlag.READ_ONLY);
    }

    /** Why it does not serve; empty if it does. */
    public String reason() {
        return loss.failure().map(DiskException::getMessage).orElse(reason);
    }

    public void suspend(String why) {
        reason = why;
    }

    /** Lets go of the backend, so that its class loader can go. */
    public void forget() {
        format = format.departed();
    }

    /** What is remembered of flushes that failed. */
    public LayerLoss loss() {
        return loss;
    }

    /** The failure after which every request fails. */
    public Optional<DiskException> lost() {
        return loss.failure();
    }

    // --- the image comes and goes ---

    public ImageInfo info() {
        GuardedImage current = image;
        return current == null ? lastInfo : current.info();
    }

    public long size() {
        return info().size();
    }

    /** True while zero marks are worth a try. */
    public boolean zeroMarks() {
        return zeroMarks;
    }

    /** Opens the image of existing storages with the present format and flags. */
    public void attach() throws DiskException {
        attach(context -> format.backend().open(context));
    }

    /** What a provider gets to open the image on the same storages. */
    public LayerContext context(FormatProvider provider, boolean writable) throws DiskException {
        return context(provider, storages, writable);
    }

    /** What a provider gets to open the image on these storages. */
    public LayerContext context(FormatProvider provider, LayerStorages files, boolean writable) throws DiskException {
        return LayerContext.of(formats, provider, files, config, writable, has(OpenFlag.INFO));
    }

    /** What makes an image of a context. */
    public interface Opening {
        Image open(LayerContext context) throws IOException;
    }

    void attach(Opening opening) throws DiskException {
        open(opening);
        serve();
    }

    private void open(Opening opening) throws DiskException {
        if (format.backend() == null) {
            throw new DiskException(ErrorCode.BACKEND_GONE, shown() + ": no bundle serves the format " + format.name());
        }
        LayerContext context = context(format, !readOnly());
        Image opened = GuardedImage.translating(format, shown(), () -> opening.open(context));
        image = new GuardedImage(opened, format, shown());
        lastInfo = opened.info();
        zeroMarks = lastInfo.can(Capability.DISCARD);
        flags = implied(flags);
    }

    /** The image that is open is the right one; not before that is known does the layer forget why it had none. */
    private void serve() {
        reason = "";
        loss.forget();
    }

    private Set<OpenFlag> implied(Set<OpenFlag> asked) {
        return lastInfo.is(ImageFlag.FIXED) ? OpenFlags.with(asked, OpenFlag.HONOR_SAME) : Set.copyOf(asked);
    }

    /** A writable image that is the last one now serves as its caller asked for the former last one. */
    public void succeed(Set<OpenFlag> asked) {
        wanted = Set.copyOf(asked);
        if (!readOnly() && !asked.contains(OpenFlag.READ_ONLY)) {
            flags = implied(asked);
        }
    }

    /** Flushes if it can be written, and lets the image go, whatever fails; the storages stay. */
    public void detach() throws DiskException {
        try {
            flushIfWritable();
        } catch (DiskException e) {
            throw loss.report("lost its last changes", e); // the image that keeps them goes
        } finally {
            abandon();
        }
    }

    void flushIfWritable() throws DiskException {
        loss.require();
        if (image != null && !readOnly()) {
            flush();
        }
    }

    /** Lets the image go as it is stored. */
    public void abandon() throws DiskException {
        GuardedImage leaving = image;
        if (leaving != null) {
            lastInfo = leaving.info();
            image = null;
            leaving.close();
        }
    }

    /** How it is opened anew in its place. */
    public LayerReopening reopening() {
        return reopening;
    }

    void flags(Set<OpenFlag> now) {
        flags = Set.copyOf(now);
    }

    /** Storages of the image that nothing has been opened of. */
    LayerStorages emptyStorages(boolean external, Set<OpenFlag> asked) throws DiskException {
        if (format.backend() == null) {
            format = formats.get(format.name());
        }
        return LayerOpening.storages(formats, format, place(), external, asked);
    }

    /** Another provider takes over: it must show the same disk. */
    public void attach(FormatProvider successor) throws DiskException {
        attach(successor, context -> successor.backend().open(context));
    }

    /** The same, opened in another way. */
    public void attach(FormatProvider successor, Opening opening) throws DiskException {
        FormatProvider before = format;
        ImageInfo known = lastInfo;
        format = successor;
        try {
            open(opening);
            requireSame(known);
            serve();
        } catch (DiskException | RuntimeException e) {
            format = before;
            lastInfo = known;
            throw e;
        }
    }

    private void requireSame(ImageInfo known) throws DiskException {
        ImageInfo now = image.info();
        if (now.size() == known.size()
                && now.uuid().equals(known.uuid())
                && now.modificationUuid().equals(known.modificationUuid())) {
            return;
        }
        abandon();
        throw new DiskException(
                ErrorCode.UUID_MISMATCH,
                shown() + ": " + format.bundle() + " " + format.version() + " shows size " + now.size() + " and UUID "
                        + now.uuid() + ", before it was " + known.size() + " and " + known.uuid());
    }

    /** The image is elsewhere now; it must be detached. */
    public void relocate(LayerStorages elsewhere) {
        storages = elsewhere;
    }

    public void close() throws DiskException {
        try {
            detach();
        } finally {
            closeStorages();
        }
    }

    public void closeStorages() throws DiskException {
        try {
            storages.close();
        } catch (IOException e) {
            throw Failures.at(shown(), e);
        }
    }

    // --- calls of the image, inside the disk ---

    public Run map(long offset, long length) throws DiskException {
        return image().map(offset, length);
    }

    /** Reserves storage; called within {@link #growing}. */
    public Run.Data allocate(long offset, long length) throws DiskException {
        return image().changing(open -> open.allocate(offset, length));
    }

    public void remap(Run run) throws DiskException {
        image().changing(open -> {
            open.remap(run);
            return null;
        });
    }

    /** Marks whole blocks as zero; false if the image has no such marks. */
    public boolean markZero(long offset, long length) throws DiskException {
        if (!zeroMarks) {
            return false;
        }
        try {
            remap(new Run.Zero(offset, length));
            return true;
        } catch (DiskException e) {
            if (e.code() != ErrorCode.NOT_SUPPORTED) {
                throw e;
            }
            zeroMarks = false;
            return false;
        }
    }

    public void update(ImageAttributes attributes) throws DiskException {
        image().changing(open -> {
            open.update(attributes);
            return null;
        });
    }

    public void resize(long size) throws DiskException {
        image().changing(open -> {
            open.resize(size);
            return null;
        });
    }

    public CheckReport check(Progress progress) throws DiskException {
        return image().check(progress);
    }

    public CheckReport repair(RepairMode mode, Progress progress) throws DiskException {
        return image().changing(open -> open.repair(mode, progress));
    }

    /**
     * Runs what allocates, transfers and makes visible: no flush comes in between, which would give the reserved storage
     * back.
     */
    public <T> T growing(Change<T> work) throws IOException {
        return image().growing(work);
    }

    /** Something done with an image that stands still. */
    public interface Still<T> {
        T run(Image image) throws IOException;
    }

    /** Says that so many bytes have been written. */
    public void wrote(long bytes) {
        flush.wrote(bytes);
    }

    /** Makes the image durable. */
    public void flush() throws DiskException {
        flush.stillAndFlushed(open -> null);
    }

    /** Makes the image durable, then runs while nobody changes its map. */
    public <T> T stillAndFlushed(Still<T> work) throws DiskException {
        return flush.stillAndFlushed(work);
    }

    /**
     * Makes copies durable that the images above have too. If that fails the image cannot be trusted and is to be opened
     * anew, but the disk has lost nothing and goes on.
     */
    public void flushCopies() throws DiskException {
        flush.flushCopies();
    }

    /** The open image; a layer that has none says why, whoever asks and however long ago it was looked at. */
    GuardedImage image() throws DiskException {
        GuardedImage current = image;
        if (current == null) {
            loss.require();
            throw new DiskException(
                    ErrorCode.NOT_OPENED,
                    shown() + " is not open" + (reason.isEmpty() ? "" : ": " + reason)
                            + "; close the disk and open it again");
        }
        return current;
    }

    public List<URI> files() {
        List<URI> files = storages.files();
        return files.isEmpty() ? List.of(place()) : files;
    }

    /**
     * The files that belong to the image alone, the main one first: those that are open, and those that the image names
     * beside itself and that are there, open or not.
     */
    public Set<URI> ownFiles() throws DiskException {
        Set<URI> files = new LinkedHashSet<>(storages.ownFiles());
        for (String part : info().parts()) {
            storages.beside(part).ifPresent(files::add);
        }
        return files;
    }

    public long fileSize() throws IOException {
        return storages.provider() == null ? size() : storages.fileSize();
    }

    public long allocatedSize() throws IOException {
        return storages.provider() == null ? size() : storages.allocatedSize();
    }
}
