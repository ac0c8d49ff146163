from .flow_ensemble import FlowEnsemble as FlowEnsemble
