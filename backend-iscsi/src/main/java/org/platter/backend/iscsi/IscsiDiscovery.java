// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.iscsi;

import java.io.IOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.platter.backend.iscsi.login.Connector;
import org.platter.backend.iscsi.login.Identity;
import org.platter.backend.iscsi.login.Portal;
import org.platter.backend.iscsi.login.SendTargets;
import org.platter.backend.iscsi.scsi.LunAddress;
import org.platter.backend.iscsi.scsi.LunList;
import org.platter.backend.iscsi.scsi.UnitInfo;
import org.platter.backend.iscsi.scsi.UnitProbe;
import org.platter.backend.iscsi.session.Failure;
import org.platter.backend.iscsi.session.Session;
import org.platter.backend.iscsi.session.SessionOptions;
import org.platter.backend.iscsi.wire.Text;
import org.platter.config.ConfigSchema;
import org.platter.discovery.Target;
import org.platter.discovery.TargetDiscovery;
import org.platter.discovery.TargetUnit;
import org.platter.storage.TcpConnector;

/** Asks iSCSI portals what they have. */
@Component(property = TargetDiscovery.SCHEME + "=" + IscsiLocation.SCHEME)
public final class IscsiDiscovery implements TargetDiscovery {
    private static final int MOST_TARGETS = 1024;
    private static final int MOST_UNITS = 256;

    private final TcpConnector connector;

    /** Connects through the platform's connector. */
    @Activate
    public IscsiDiscovery(@Reference TcpConnector connector) {
        this.connector = connector;
    }

    @Override
    public ConfigSchema schema() {
        return IscsiKeys.DISCOVERY;
    }

    @Override
    public List<Target> discover(URI portal, Map<String, String> config) throws IOException {
        Map<String, String> values = new LinkedHashMap<>(IscsiLocation.portal(portal));
        values.putAll(config);
        String address = values.remove(IscsiKeys.TARGET_ADDRESS);
        Settings settings = new Settings(schema().validate(values));
        Connector dialer = settings.discoveryDialer(connector, address);
        try {
            long deadline = System.nanoTime() + settings.timeoutNanos();
            Map<String, List<Portal>> found = SendTargets.ask(dialer, settings.initiatorName(), deadline);
            List<Target> targets = new ArrayList<>();
            for (Map.Entry<String, List<Portal>> entry : found.entrySet()) {
                if (targets.size() == MOST_TARGETS) {
                    break;
                }
                targets.add(target(settings, dialer, entry.getKey(), entry.getValue()));
            }
            return targets;
        } catch (IOException e) {
            throw Failure.of(e).exception();
        } finally {
            dialer.forgetSecrets();
        }
    }

    private static Target target(Settings settings, Connector dialer, String name, List<Portal> portals)
            throws IOException {
        List<String> shown = portals.stream().map(Portal::toString).toList();
        Portal portal = portals.contains(dialer.portal()) ? dialer.portal() : portals.get(0);
        Identity identity =
                new Identity(settings.initiatorName(), Optional.of(name), Optional.empty(), Identity.drawIsid());
        SessionOptions options = settings.inspection(identity, portal + "/" + Text.shown(name));
        try (Session session = Session.open(dialer.to(portal), options)) {
            List<TargetUnit> units = new ArrayList<>();
            for (long lun : LunList.ask((cdb, length) -> session.execute(0, cdb, length))) {
                if (units.size() < MOST_UNITS) {
                    units.add(unit(session, portal, name, lun));
                }
            }
            return new Target(Text.shown(name), shown, units, "");
        } catch (IOException e) {
            return new Target(Text.shown(name), shown, List.of(), e.getMessage());
        }
    }

    private static TargetUnit unit(Session session, Portal portal, String name, long lun) {
        URI location = IscsiLocation.of(portal, name, lun);
        try {
            UnitInfo facts = UnitProbe.hold((cdb, length) -> session.execute(lun, cdb, length));
            return new TargetUnit(LunAddress.text(lun), location, facts.product(), facts.size(), facts.blockSize(), "");
        } catch (IOException e) {
            return new TargetUnit(LunAddress.text(lun), location, "", 0, 0, e.getMessage());
        }
    }
}
